import { callRefused, endpointFailed } from './errors.ts';

/** One call's answer, as JSON-RPC gives it. */
export type CallAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } };

/** A JSON-RPC endpoint over HTTP. */
export interface Endpoint {
  readonly url: string;
  /** @throws HeddleError `LOAD_ENDPOINT`, `LOAD_CALL_REFUSED` */
  call(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** Many calls of one method in one request; answers in order. @throws HeddleError `LOAD_ENDPOINT` */
  batch(method: string, paramsOfEach: readonly (readonly unknown[])[]): Promise<CallAnswer[]>;
}

const TIMEOUT_MS = 30_000;

/** The endpoint at `url`; connections are kept. */
export function connectEndpoint(url: string): Endpoint {
  const post = async (body: unknown): Promise<unknown> => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return await response.json();
    } catch (cause) {
      throw endpointFailed(url, cause instanceof Error ? reasonOf(cause) : String(cause), cause);
    }
  };
  return {
    url,
    async call(method, ...params) {
      const answer = (await post({ jsonrpc: '2.0', id: 1, method, params })) as CallAnswer;
      if ('error' in answer) throw callRefused(url, method, answer.error.message);
      return answer.result;
    },
    async batch(method, paramsOfEach) {
      const calls = paramsOfEach.map((params, id) => ({ jsonrpc: '2.0', id, method, params }));
      const answers = await post(calls);
      if (Array.isArray(answers) && answers.length === calls.length) return answers as CallAnswer[];
      const refused = (answers as { error?: { message?: string } }).error?.message;
      throw endpointFailed(url, refused ?? `a batch of ${calls.length} calls got no list of answers`);
    },
  };
}

function reasonOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return error.name === 'TimeoutError' ? `no answer within ${TIMEOUT_MS} ms` : (cause ?? error.message);
}
