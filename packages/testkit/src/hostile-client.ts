import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { HeddleError } from '@heddle/primitives';
import type { HostileRequest } from './hostile-requests.ts';

/** A client that sends what is hostile and judges how the server takes it. */
export interface HostileClient {
  /**
   * Sends `hostile` and waits for the end of it.
   *
   * @throws HeddleError `HOSTILE_FOUND` for an answer that a client cannot read, a 5xx without a JSON-RPC error, and none
   */
  send(hostile: HostileRequest): Promise<void>;
  close(): void;
}

/** A whole request is answered within this, on a busy machine. */
const ANSWER_MS = 30_000;
/** What is no whole request is given up after this, if the server does not end it before. */
const PATIENCE_MS = 2_000;
/** Answers are kept up to here to be judged. */
const KEPT_BYTES = 40_000_000;

/** A client of the server at `url`, a plain `http://host:port`. */
export function createHostileClient(url: string): HostileClient {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  return {
    async send(hostile) {
      if (hostile.kind === 'bytes') {
        const heard = await exchangeBytes({ hostname, port: Number(port) }, hostile.bytes);
        const [, status] = /^HTTP\/1\.1 (\d+)/.exec(heard) ?? [];
        if (Number(status) >= 500) judge(hostile, Number(status), heard.slice(heard.indexOf('\r\n\r\n') + 4));
        return;
      }
      const { status, body } = await exchangeHttp({ hostname, port: Number(port) }, agent, hostile);
      judge(hostile, status, body);
    },
    close: () => agent.destroy(),
  };
}

interface Target {
  readonly hostname: string;
  readonly port: number;
}

function exchangeHttp(
  { hostname, port }: Target,
  agent: Agent,
  { method, path, headers, body }: HostileRequest & { readonly kind: 'http' },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port, method, path, agent, setHost: headers.host === undefined };
    const sent = request(
      { ...options, headers: { ...headers, 'content-length': body.length }, signal: AbortSignal.timeout(ANSWER_MS) },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size < KEPT_BYTES) chunks.push(chunk);
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
        answer.on('error', reject);
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The server may hang up on a body that is too large while it is being sent, and keep-alive connections may end.
      const isHungUp = ['EPIPE', 'ECONNRESET'].includes(error.code ?? '');
      if (isHungUp) resolve({ status: 413, body: '' });
      else reject(found({ kind: 'http', method, path, headers, body }, `no answer: ${error.message}`, error));
    });
    sent.end(body);
  });
}

function exchangeBytes({ hostname, port }: Target, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, hostname);
    let heard = '';
    const end = (): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.setTimeout(PATIENCE_MS, end);
    socket.on('data', (data) => {
      if (heard === '') socket.end(); // what follows the first answer is not waited for
      heard = (heard + data.toString('latin1')).slice(0, 10_000);
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.write(bytes);
    // A request that is cut off would be waited for, for as long as the server's own limits say.
    if (!bytes.includes('upgrade: websocket')) socket.end();
  });
}

/** An answer is JSON-RPC, or a refusal of HTTP with a reason in plain text; failures of the server are always JSON-RPC. */
function judge(hostile: HostileRequest, status: number, body: string): void {
  if (status >= 400 && status < 500) return;
  const isCall = hostile.kind === 'http' && hostile.method === 'POST' && hostile.path === '/';
  if (status < 500 && !isCall) return;
  if (status === 204 && body === '') return;
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw found(hostile, `HTTP ${status} with a body that is no JSON: ${body.slice(0, 200)}`, cause);
  }
  const items = Array.isArray(answer) ? answer : [answer];
  if (!items.every(isAnswer)) throw found(hostile, `HTTP ${status} with no JSON-RPC: ${body.slice(0, 200)}`);
  if (status >= 500 && !items.every((item) => 'error' in (item as object))) {
    throw found(hostile, `HTTP ${status} without a JSON-RPC error: ${body.slice(0, 200)}`);
  }
  if (items.some((item) => (item as { error?: { code?: number } }).error?.code === -32603)) {
    throw found(hostile, `an internal error: ${body.slice(0, 200)}`);
  }
}

function isAnswer(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const { jsonrpc, error } = item as Record<string, unknown>;
  if (jsonrpc !== '2.0' || !('id' in item)) return false;
  if (error === undefined) return 'result' in item;
  const { code, message } = error as Record<string, unknown>;
  return Number.isInteger(code) && typeof message === 'string';
}

function found(hostile: HostileRequest, what: string, cause?: unknown): HeddleError {
  const bytes = hostile.kind === 'http' ? hostile.body : hostile.bytes;
  const head = hostile.kind === 'http' ? `${hostile.method} ${hostile.path} ${JSON.stringify(hostile.headers)} ` : '';
  const shown = bytes.length > 3_000 ? `${bytes.subarray(0, 300).toString('latin1')}… (${bytes.length} bytes)` : bytes;
  return new HeddleError('HOSTILE_FOUND', `${what}; sent ${head}${shown.toString()}`, { cause });
}
