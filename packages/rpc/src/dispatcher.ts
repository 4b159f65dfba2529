import { answerBatch } from './batch.ts';
import { type Call, errorText, invalidRequestText, readCall, resultText } from './call.ts';
import { asRpcError, rpcErrors } from './errors.ts';
import type { RpcLog } from './log.ts';
import type { Method } from './method.ts';
import { createContext, type MethodContext, type OwnedContext, type ServerServices } from './method-context.ts';
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

/** The dispatcher over `methods`. */
export function createDispatcher(
  methods: ReadonlyMap<string, Method>,
  services: ServerServices,
  { log, figures }: { readonly log: RpcLog; readonly figures: RpcFigures },
): Dispatcher {
  const { limits } = services;

  const runCall = async (call: Call, context: MethodContext): Promise<unknown> => {
    const method = methods.get(call.method);
    if (method === undefined) throw rpcErrors.methodNotFound(call.method.slice(0, 200));
    if (call.params !== undefined && call.params !== null && !Array.isArray(call.params)) {
      throw rpcErrors.paramsNotArray();
    }
    return method.call((call.params as readonly unknown[] | undefined) ?? [], context);
  };

  /** The answer to one item; undefined for a notification. */
  const answerItem = async (item: unknown, context: MethodContext): Promise<string | undefined> => {
    const call = readCall(item);
    if (call === undefined) return invalidRequestText(item);
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

  const answer = async (text: string, context: MethodContext): Promise<string | undefined> => {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return errorText(null, rpcErrors.parse());
    }
    return Array.isArray(request)
      ? answerBatch(request, context, { methods, limits, answerItem })
      : answerItem(request, context);
  };

  return {
    begin(text, subscriber) {
      const context = createContext(services, subscriber);
      return { context, answer: answer(text, context) };
    },
  };
}
