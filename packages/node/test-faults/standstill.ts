import { elapse, type HeadWatch } from './head-watch.ts';
import { callWithin } from './json-rpc.ts';
import type { NetworkUnderFault } from './network-under-fault.ts';

/** What was decided before the fault is looked for from so long after it on. */
const LATE_MS = 1_000;
const READ_EVERY_MS = 500;
/** Clients of Ethereum wait longer. */
const READ_WITHIN_MS = 30_000;

/** The block that was under way is decided by then at the latest, on a busy machine too. */
const UNDER_WAY_MS = 10_000;

/**
 * Blocks that come within `lengthMs` from now, as `nodes` answer, without the one that may have been under way: all its
 * votes were sent before the fault. Later than 10 s no block is that one.
 */
export async function standstill(watch: HeadWatch, nodes: readonly number[], lengthMs: number): Promise<number> {
  const { toMs } = await elapse(LATE_MS);
  await watch.allAsked(nodes, toMs);
  const head = watch.head();
  const earlyMs = Math.min(lengthMs, UNDER_WAY_MS);
  await elapse(earlyMs - LATE_MS);
  const headThen = watch.head();
  await elapse(lengthMs - earlyMs);
  return Math.max(0, headThen - head - 1) + watch.head() - headThen;
}

/** Asks each of `nodes` for blocks and state again and again for `lengthMs`. */
export async function readsAnswered(
  network: NetworkUnderFault,
  nodes: readonly number[],
  lengthMs: number,
): Promise<{ readonly asked: number; readonly missed: number }> {
  const endMs = performance.now() + lengthMs;
  let asked = 0;
  let missed = 0;
  const ask = async (index: number): Promise<void> => {
    const address = `0x${'00'.repeat(18)}fa17`;
    asked++;
    await callWithin(READ_WITHIN_MS, network.url(index), 'eth_getBalance', [address, 'latest']).catch(() => missed++);
  };
  while (performance.now() < endMs) {
    await Promise.all(nodes.map(ask));
    await elapse(READ_EVERY_MS);
  }
  return { asked, missed };
}
