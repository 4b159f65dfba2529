import type { Hash } from '@heddle/primitives';
import { rpcErrors } from './errors.ts';
import type { MethodContext } from './method-context.ts';
import { findMined, type MinedTransaction } from './transaction-lookup.ts';

/**
 * The transaction once it is in a block; undefined when it is in none after `timeoutMs`. Holds no view meanwhile.
 *
 * @throws RpcError when too many wait already, or when the server closes.
 */
export async function waitForMined(
  context: MethodContext,
  hash: Hash,
  timeoutMs: number,
): Promise<MinedTransaction | undefined> {
  const { heads, limits, closing } = context;
  if (heads.listenerCount >= limits.headListenerCount) throw rpcErrors.overloaded();
  const end = performance.now() + timeoutMs;
  let wake: () => void = () => {};
  const stop = heads.listen(() => wake());
  const onClosing = () => wake();
  closing.addEventListener('abort', onClosing);
  try {
    for (;;) {
      // Made before the look, so that a head that comes between look and wait is not missed.
      const nextHead = new Promise<void>((resolve) => {
        wake = resolve;
      });
      context.refreshView();
      const mined = findMined(context, hash);
      if (mined) return mined;
      context.releaseView();
      const leftMs = end - performance.now();
      if (leftMs <= 0) return undefined;
      await orTimeout(nextHead, leftMs);
      if (closing.aborted) throw rpcErrors.timedOut(); // no more views: the chain may close next
    }
  } finally {
    stop();
    closing.removeEventListener('abort', onClosing);
  }
}

async function orTimeout(event: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([event, timeout]);
  clearTimeout(timer);
}
