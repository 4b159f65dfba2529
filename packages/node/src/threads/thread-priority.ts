import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';

/** Nice values above 0: what must not take the processor from consensus and execution, which stay at the process's own. */
export type Niceness = 5 | 10;

/**
 * Lets the calling thread yield to the threads of consensus and execution where processors are short: wallets may wait,
 * a block may not. Linux alone has niceness per thread (setpriority(2), "C library/kernel differences"); elsewhere
 * nothing happens.
 */
export function yieldToConsensus(niceness: Niceness): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness);
  } catch {
    // No /proc, or a sandbox that forbids it: everything works as before, only less fairly.
  }
}
