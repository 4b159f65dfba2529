import { HeddleError } from '@heddle/primitives';

// A client for servers that may be killed, stopped or cut off at any moment: each call has its own patience.

/** The block that an answer carries, as far as it is looked at. */
export interface AnsweredBlock {
  readonly number: number;
  readonly hash: string;
  readonly stateRoot: string;
  readonly parentHash: string;
  readonly miner: string;
  /** Header time, Unix milliseconds. */
  readonly timestampMs: number;
  readonly transactions: readonly string[];
}

/** The server answered with an error of JSON-RPC. */
export class AnsweredError extends HeddleError {
  readonly rpcCode: number;

  constructor(method: string, { code, message }: { readonly code: number; readonly message: string }) {
    super('RPC_CALL_FAILED', message, { remedy: `the server refused ${method}` });
    this.rpcCode = code;
  }
}

/**
 * The result of one call.
 *
 * @throws AnsweredError when the server answers with an error; fetch's own errors when it does not answer in time
 */
// biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by its reader
export async function callWithin(timeoutMs: number, url: string, method: string, params: unknown[]): Promise<any> {
  const answer = await post(url, { jsonrpc: '2.0', id: 1, method, params }, timeoutMs);
  if (answer.error) throw new AnsweredError(method, answer.error);
  return answer.result;
}

/** The results of many calls of one method in one request, in order; an error among them fails all. */
// biome-ignore lint/suspicious/noExplicitAny: JSON from outside, judged by its reader
export async function callMany(url: string, method: string, paramsOfEach: readonly unknown[][]): Promise<any[]> {
  if (paramsOfEach.length === 0) return [];
  const calls = paramsOfEach.map((params, id) => ({ jsonrpc: '2.0', id, method, params }));
  const answers: { id: number; result: unknown; error?: { code: number; message: string } }[] = await post(
    url,
    calls,
    60_000,
  );
  if (!Array.isArray(answers)) throw new HeddleError('RPC_CALL_FAILED', `a batch of ${method} got no list of answers`);
  return answers
    .sort((left, right) => left.id - right.id)
    .map(({ result, error }) => {
      if (error) throw new AnsweredError(method, error);
      return result;
    });
}

/** The block of `raw`, as `eth_getBlockByNumber` without whole transactions gives it. */
// biome-ignore lint/suspicious/noExplicitAny: JSON from outside
export function readAnsweredBlock(raw: any): AnsweredBlock {
  const { number, hash, stateRoot, parentHash, miner, extraData, transactions } = raw;
  return {
    number: Number(number),
    hash,
    stateRoot,
    parentHash,
    miner: miner.toLowerCase(),
    timestampMs: extraData.length === 18 ? Number(extraData) : 0,
    transactions,
  };
}

/** A block number as JSON-RPC wants it. */
export function quantity(number: number): string {
  return `0x${number.toString(16)}`;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON from outside
async function post(url: string, body: unknown, timeoutMs: number): Promise<any> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return response.json();
}
