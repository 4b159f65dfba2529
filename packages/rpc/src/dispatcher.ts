import { asRpcError, type RpcError, rpcErrors } from './errors.ts';
import type { RpcLog } from './log.ts';
import type { Method } from './method.ts';
import { createContext, type OwnedContext, type ServerServices } from './method-context.ts';
import type { RpcFigures } from './metrics.ts';
import type { Subscriber } from './subscriptions.ts';

/** Turns request texts into answer texts; the same for HTTP and WebSocket. */
export interface Dispatcher {
  /** Begins a request; `context` is there at once, the answer later. Never rejects. */
  begin(
    text: string,
    subscriber: Subscriber | undefined,
  ): { context: OwnedContext; answer: Promise<string | undefined> };
}

type JsonId = string | number | null | boolean;
interface Call {
  readonly id: JsonId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** Neighbours in a batch that run together at most. */
const CONCURRENT_CALLS = 100;

/** The dispatcher over `methods`. */
export function createDispatcher(
  methods: ReadonlyMap<string, Method>,
  services: ServerServices,
  { log, figures }: { readonly log: RpcLog; readonly figures: RpcFigures },
): Dispatcher {
  const { limits } = services;

  const runCall = async (call: Call, context: OwnedContext): Promise<unknown> => {
    const method = methods.get(call.method);
    if (method === undefined) throw rpcErrors.methodNotFound(call.method.slice(0, 200));
    if (call.params !== undefined && call.params !== null && !Array.isArray(call.params)) {
      throw rpcErrors.paramsNotArray();
    }
    return method.call((call.params as readonly unknown[] | undefined) ?? [], context);
  };

  /** The answer to one item; undefined for a notification. */
  const answerItem = async (item: unknown, context: OwnedContext): Promise<string | undefined> => {
    const call = readCall(item);
    if (call === undefined) return errorText(readId(item) ?? null, rpcErrors.invalidRequest());
    const start = performance.now();
    const known = methods.has(call.method) ? call.method : 'unknown';
    try {
      const result = await runCall(call, context);
      figures.count(known, 'answered', performance.now() - start);
      if (call.id === undefined) return undefined;
      const text = resultText(call.id, result);
      return text.length > limits.responseSizeBytes ? errorText(call.id, rpcErrors.responseTooLarge()) : text;
    } catch (thrown) {
      const error = asRpcError(thrown);
      figures.count(known, error === undefined ? 'failed' : 'refused', performance.now() - start);
      if (error === undefined) log.error({ err: thrown, method: call.method }, 'rpc method failed');
      return call.id === undefined ? undefined : errorText(call.id, error ?? rpcErrors.internal());
    }
  };

  const answerBatch = async (items: readonly unknown[], context: OwnedContext): Promise<string | undefined> => {
    if (items.length === 0) return errorText(null, rpcErrors.emptyBatch());
    if (items.length > limits.batchItemCount) return errorText(firstId(items), rpcErrors.batchTooLarge());
    const end = performance.now() + limits.batchTimeoutMs;
    const texts: string[] = [];
    let size = 0;
    for (let index = 0; index < items.length; ) {
      await context.pause();
      const count = runLength(items, index, methods);
      const run = items.slice(index, index + count);
      const refusal = performance.now() > end ? rpcErrors.timedOut() : tooLarge(size, limits.responseSizeBytes);
      const answers = refusal
        ? run.map((item) => refusalText(item, refusal))
        : await Promise.all(run.map((item) => answerItem(item, context)));
      for (const [offset, text] of answers.entries()) {
        if (text === undefined) continue;
        const isOver = refusal === undefined && tooLarge(size + text.length, limits.responseSizeBytes) !== undefined;
        texts.push(isOver ? (refusalText(run[offset], rpcErrors.responseTooLarge()) ?? text) : text);
        size += text.length;
      }
      index += count;
    }
    return texts.length === 0 ? undefined : `[${texts.join(',')}]`;
  };

  const answer = async (text: string, context: OwnedContext): Promise<string | undefined> => {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return errorText(null, rpcErrors.parse());
    }
    return Array.isArray(request) ? answerBatch(request, context) : answerItem(request, context);
  };

  return {
    begin(text, subscriber) {
      const context = createContext(services, subscriber);
      return { context, answer: answer(text, context) };
    },
  };
}

/** How many items from `index` on run together: one, unless they are equal neighbours that allow it. */
function runLength(items: readonly unknown[], index: number, methods: ReadonlyMap<string, Method>): number {
  const name = nameOf(items[index]);
  if (name === undefined || !methods.get(name)?.isConcurrent) return 1;
  let count = 1;
  while (count < CONCURRENT_CALLS && nameOf(items[index + count]) === name) count++;
  return count;
}

function nameOf(item: unknown): string | undefined {
  return readCall(item)?.method;
}

function tooLarge(size: number, limit: number): RpcError | undefined {
  return size > limit ? rpcErrors.responseTooLarge() : undefined;
}

/** The call that `item` is, by geth's rules; undefined when it is none. A notification has no id at all. */
function readCall(item: unknown): Call | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const { jsonrpc, method, params } = item as Record<string, unknown>;
  if (jsonrpc !== '2.0' || typeof method !== 'string' || method === '') return undefined;
  const hasId = Object.hasOwn(item, 'id');
  const id = readId(item);
  if (hasId && id === undefined) return undefined;
  return { id, method, params };
}

/** The id to answer with; undefined when there is none that may be echoed (absent, an object or an array). */
function readId(item: unknown): JsonId | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { id } = item as { readonly id?: unknown };
  if (id === undefined || (typeof id === 'object' && id !== null)) return undefined;
  return id as JsonId;
}

/** Geth answers a batch that is too large once, with the id of its first call. */
function firstId(items: readonly unknown[]): JsonId {
  for (const item of items) {
    const id = readCall(item)?.id;
    if (id !== undefined) return id;
  }
  return null;
}

function refusalText(item: unknown, refusal: RpcError): string | undefined {
  const call = readCall(item);
  if (call === undefined) return errorText(readId(item) ?? null, rpcErrors.invalidRequest());
  return call.id === undefined ? undefined : errorText(call.id, refusal);
}

function resultText(id: JsonId, result: unknown): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result ?? null)}}`;
}

function errorText(id: JsonId, error: RpcError): string {
  const { rpcCode: code, message, data } = error;
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: data === undefined ? { code, message } : { code, message, data },
  });
}
