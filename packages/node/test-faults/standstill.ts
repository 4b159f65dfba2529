import { elapse, type HeadWatch } from './head-watch.ts';
import { callWithin } from './json-rpc.ts';
import type { NetworkUnderFault } from './network-under-fault.ts';

/** So long after the fault all nodes are asked what they have decided: that much is older than it. */
const LATE_MS = 1_000;
const READ_EVERY_MS = 500;
/** How long a read may take; clients of Ethereum wait longer. */
const READ_WITHIN_MS = 30_000;
/** The block that was under way is decided by then at the latest, on a busy machine too. */
const UNDER_WAY_MS = 10_000;

/**
 * How many blocks come within `lengthMs` from now, as `nodes` answer, without the one that may have been under way: all
 * its votes were sent before the fault. One that comes after {@link UNDER_WAY_MS} counts in any case.
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
