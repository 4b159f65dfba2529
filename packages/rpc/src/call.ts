import { type RpcError, rpcErrors } from './errors.ts';

/** An id as a client may choose it. */
export type JsonId = string | number | null | boolean;

/** One JSON-RPC call; `id` undefined: a notification. */
export interface Call {
  readonly id: JsonId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** The call that `item` is, by geth's rules; undefined when it is none. A notification has no id at all. */
export function readCall(item: unknown): Call | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const { jsonrpc, method, params } = item as Record<string, unknown>;
  if (jsonrpc !== '2.0' || typeof method !== 'string' || method === '') return undefined;
  const hasId = Object.hasOwn(item, 'id');
  const id = readId(item);
  if (hasId && id === undefined) return undefined;
  return { id, method, params };
}

/** The answer to what is no call, with the id that it has. */
export function invalidRequestText(item: unknown): string {
  return errorText(readId(item) ?? null, rpcErrors.invalidRequest());
}

/** An answer with a result, which is JSON-ready. */
export function resultText(id: JsonId, result: unknown): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result ?? null)}}`;
}

/** An answer with an error. */
export function errorText(id: JsonId, error: RpcError): string {
  const { rpcCode: code, message, data } = error;
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: data === undefined ? { code, message } : { code, message, data },
  });
}

/** The id to answer with; undefined when there is none that may be echoed (absent, an object or an array). */
function readId(item: unknown): JsonId | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { id } = item as { readonly id?: unknown };
  if (id === undefined || (typeof id === 'object' && id !== null)) return undefined;
  return id as JsonId;
}
