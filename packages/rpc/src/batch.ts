import { errorText, invalidRequestText, type JsonId, readCall } from './call.ts';
import { RpcError, rpcErrors } from './errors.ts';
import type { RpcLimits } from './limits.ts';
import type { Method } from './method.ts';
import type { MethodContext } from './method-context.ts';

/** What a batch is answered with. */
export interface BatchServices {
  readonly methods: ReadonlyMap<string, Method>;
  readonly limits: RpcLimits;
  /** The answer to one item; undefined for a notification. Never rejects. */
  readonly answerItem: (item: unknown, context: MethodContext) => Promise<string | undefined>;
}

/**
 * The answers to `items` in their order as one text; undefined when all are notifications. What is not begun in time
 * or does not fit the answer any more gets an error instead.
 */
export async function answerBatch(
  items: readonly unknown[],
  context: MethodContext,
  { methods, limits, answerItem }: BatchServices,
): Promise<string | undefined> {
  if (items.length === 0) return errorText(null, rpcErrors.emptyBatch());
  if (items.length > limits.batchItemCount) return errorText(firstId(items), rpcErrors.batchTooLarge());
  const end = performance.now() + limits.answerTimeoutMs;
  const texts: string[] = [];
  let size = 0;
  for (let index = 0; index < items.length; ) {
    const isOverloaded = await isRefusedTurn(context);
    const run = items.slice(index, index + runLength(items, index, methods));
    const refusal = refusalOfRest({
      isLate: performance.now() > end,
      isFull: size > limits.responseSizeBytes,
      // What another thread answers is bounded there, and goes on whatever happens here.
      isOverloaded: isOverloaded && concurrencyOf(run[0], methods) === 1,
    });
    const answers = await Promise.all(
      run.map((item) => (refusal ? refusalText(item, refusal) : answerItem(item, context))),
    );
    for (const [offset, answer] of answers.entries()) {
      if (answer === undefined) continue;
      const fits = refusal !== undefined || size + answer.length <= limits.responseSizeBytes;
      texts.push(fits ? answer : (refusalText(run[offset], rpcErrors.responseTooLarge()) ?? answer));
      size += answer.length;
    }
    index += run.length;
  }
  return texts.length === 0 ? undefined : `[${texts.join(',')}]`;
}

/** How many items from `index` on run together: one, unless they are equal neighbours that allow more. */
function runLength(items: readonly unknown[], index: number, methods: ReadonlyMap<string, Method>): number {
  const name = readCall(items[index])?.method;
  const limit = concurrencyOf(items[index], methods);
  let count = 1;
  while (count < limit && readCall(items[index + count])?.method === name) count++;
  return count;
}

/** How many of these calls may run at once: above one they wait in a queue of another thread. */
function concurrencyOf(item: unknown, methods: ReadonlyMap<string, Method>): number {
  return methods.get(readCall(item)?.method ?? '')?.concurrency ?? 1;
}

/** Whether long requests are refused at this moment, since others wait for their turn. */
async function isRefusedTurn(context: MethodContext): Promise<boolean> {
  try {
    await context.pause();
    return false;
  } catch (error) {
    if (error instanceof RpcError) return true;
    throw error;
  }
}

function refusalOfRest(state: {
  readonly isLate: boolean;
  readonly isFull: boolean;
  readonly isOverloaded: boolean;
}): RpcError | undefined {
  if (state.isLate) return rpcErrors.timedOut();
  if (state.isFull) return rpcErrors.responseTooLarge();
  return state.isOverloaded ? rpcErrors.overloaded() : undefined;
}

function refusalText(item: unknown, refusal: RpcError): string | undefined {
  const call = readCall(item);
  if (call === undefined) return invalidRequestText(item);
  return call.id === undefined ? undefined : errorText(call.id, refusal);
}

/** Geth answers a batch that is too large once, with the id of its first call. */
function firstId(items: readonly unknown[]): JsonId {
  for (const item of items) {
    const id = readCall(item)?.id;
    if (id !== undefined) return id;
  }
  return null;
}
