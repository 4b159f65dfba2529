import type { PoolLimits } from './pool-limits.ts';
import type { PooledEntry } from './pooled-entry.ts';

interface Waiting {
  delayMs: number;
  dueMs: number;
}

/** When each local transaction is to be gossiped again: first after `regossipMs`, then ever more rarely. */
export class Regossip {
  readonly #waiting = new Map<PooledEntry, Waiting>();
  readonly #limits: Pick<PoolLimits, 'regossipMs' | 'regossipCapMs'>;

  constructor(limits: Pick<PoolLimits, 'regossipMs' | 'regossipCapMs'>) {
    this.#limits = limits;
  }

  add(entry: PooledEntry): void {
    const delayMs = this.#limits.regossipMs;
    this.#waiting.set(entry, { delayMs, dueMs: entry.addedMs + delayMs });
  }

  delete(entry: PooledEntry): void {
    this.#waiting.delete(entry);
  }

  /** Up to `maxCount` entries whose time has come, longest known first; each gets its next time. */
  due(nowMs: number, maxCount: number): PooledEntry[] {
    const due: PooledEntry[] = [];
    for (const [entry, waiting] of this.#waiting) {
      if (due.length >= maxCount) break;
      if (waiting.dueMs > nowMs) continue;
      waiting.delayMs = Math.min(waiting.delayMs * 2, this.#limits.regossipCapMs);
      waiting.dueMs = nowMs + waiting.delayMs;
      due.push(entry);
    }
    return due;
  }
}
