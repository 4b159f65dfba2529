import { elapse, type HeadWatch } from './head-watch.ts';
import { callWithin } from './json-rpc.ts';
import type { NetworkUnderFault } from './network-under-fault.ts';

/** A block that was decided before the fault may be seen so long after it. */
const LATE_MS = 1_000;
const READ_EVERY_MS = 500;
const READ_WITHIN_MS = 5_000;

/** Blocks that come within `lengthMs` from now, those of the first second left out: they may be older than the fault. */
export async function standstill(watch: HeadWatch, lengthMs: number): Promise<number> {
  const { fromMs, toMs } = await elapse(lengthMs);
  return watch.timesIn({ fromMs: fromMs + LATE_MS, toMs }).length;
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
