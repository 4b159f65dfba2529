import { HeddleError } from '@heddle/primitives';
import { waitFor } from './wait-for.ts';

/** A JSON-RPC error as the server sent it. */
export class RpcCallError extends HeddleError {
  /** The JSON-RPC number, for example -32000. */
  readonly rpcCode: number;
  readonly data: unknown;

  constructor(method: string, error: { readonly code: number; readonly message: string; readonly data?: unknown }) {
    super('RPC_CALL_FAILED', error.message, { remedy: `the server refused ${method}` });
    this.rpcCode = error.code;
    this.data = error.data;
  }
}

/** The raw answer to one HTTP request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Drives a JSON-RPC server over HTTP as a wallet would, without hiding anything. */
export interface RpcClient {
  readonly url: string;
  /** The result of one call. @throws RpcCallError with the server's code and message. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by the test
  call(method: string, ...params: unknown[]): Promise<any>;
  /** The error of a call that must fail. @throws HeddleError `RPC_CALL_SUCCEEDED` */
  fail(method: string, ...params: unknown[]): Promise<RpcCallError>;
  /** Posts `body` as it is. */
  post(body: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** The receipt of `hash` once there is one. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by the test
  receipt(hash: string): Promise<any>;
}

/** A client of the JSON-RPC server at `url`; every request ends after 30 s. */
export function rpcClient(url: string): RpcClient {
  let nextId = 1;
  const post: RpcClient['post'] = async (body, headers = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(30_000),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const call: RpcClient['call'] = async (method, ...params) => {
    const { text, status } = await post(JSON.stringify({ jsonrpc: '2.0', id: nextId++, method, params }));
    const answer = parseAnswer(text, status);
    if (answer.error) throw new RpcCallError(method, answer.error);
    return answer.result;
  };
  return {
    url,
    post,
    call,
    async fail(method, ...params) {
      try {
        const result: unknown = await call(method, ...params);
        const shown = JSON.stringify(result)?.slice(0, 200);
        throw new HeddleError('RPC_CALL_SUCCEEDED', `${method} was to fail but answered ${shown}`);
      } catch (error) {
        if (error instanceof RpcCallError) return error;
        throw error;
      }
    },
    receipt(hash) {
      return waitFor(() => call('eth_getTransactionReceipt', hash), { what: `the receipt of ${hash}` });
    },
  };
}

interface RpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

function parseAnswer(text: string, status: number): RpcAnswer {
  try {
    return JSON.parse(text) as RpcAnswer;
  } catch (cause) {
    const shown = text.slice(0, 200);
    throw new HeddleError('RPC_ANSWER_MALFORMED', `HTTP ${status} with a body that is not JSON: ${shown}`, { cause });
  }
}
