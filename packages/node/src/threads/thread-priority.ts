import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';

/** By how much a thread is nicer than its process, at whose niceness consensus and execution stay. */
export type Niceness = 5 | 10;

/**
 * Lets the calling thread yield to the threads of consensus and execution where processors are short: wallets may wait,
 * a block may not. Linux alone has niceness per thread (setpriority(2), "C library/kernel differences"); elsewhere
 * nothing happens.
 */
export function yieldToConsensus(niceness: Niceness): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, Math.min(getPriority() + niceness, 19));
  } catch {
    // No /proc, or a sandbox that forbids it: everything works as before, only less fairly.
  }
}
