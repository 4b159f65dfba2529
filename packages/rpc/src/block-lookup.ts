import { type Hash, type Header, HeddleError } from '@heddle/primitives';
import type { BlockReading } from './block-readings.ts';
import { rpcErrors } from './errors.ts';
import type { MethodContext } from './method-context.ts';
import type { BlockId, BlockNumberId } from './params/block-id.ts';
import type { ChainView } from './ports.ts';

/** The number that `id` means in this view; it may lie above the head. */
export function resolveNumber(view: ChainView, id: BlockNumberId): number {
  if ('number' in id) return id.number;
  return id.tag === 'earliest' ? 0 : view.headNumber; // what is decided is final: safe, finalized and pending are latest
}

/** The number of an existing block, undefined when there is none. */
export function findBlock(view: ChainView, id: BlockId): number | undefined {
  if ('hash' in id) return view.blockByHash(id.hash)?.block.header.number;
  const number = resolveNumber(view, id);
  return number <= view.headNumber ? number : undefined;
}

/** The block that `id` means; undefined when there is none. */
export function readBlock(context: MethodContext, id: BlockId): BlockReading | undefined {
  const view = context.view();
  const number = findBlock(view, id);
  return number === undefined ? undefined : context.blocks.read(view, number);
}

/** The header whose state answers for `id`. @throws RpcError `header not found` */
export function stateHeader(view: ChainView, id: BlockId): { readonly hash: Hash; readonly header: Header } {
  const number = findBlock(view, id);
  const found = number === undefined ? undefined : view.headerByNumber(number);
  if (found === undefined) throw 'hash' in id ? rpcErrors.headerForHashNotFound() : rpcErrors.headerNotFound();
  return found;
}

/** What `read` finds in the state after the block that `id` means. @throws RpcError when it is unknown or pruned. */
export function readState<T>(context: MethodContext, id: BlockId, read: (view: ChainView, number: number) => T): T {
  const view = context.view();
  const { header } = stateHeader(view, id);
  try {
    return read(view, header.number);
  } catch (error) {
    throw asStateError(error, header.stateRoot);
  }
}

/** What is not kept any more, or could be put together again but not within the time of a question. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['STATE_PRUNED', 'STATE_OUT_OF_REACH']);

/** Geth's words when a state is not available; all else as it is. */
export function asStateError(error: unknown, stateRoot: Hash): unknown {
  const isUnavailable = error instanceof HeddleError && UNAVAILABLE.has(error.code);
  return isUnavailable ? rpcErrors.stateUnavailable(stateRoot) : error;
}
