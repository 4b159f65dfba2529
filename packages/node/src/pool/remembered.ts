import type { Address, Hash } from '@heddle/primitives';

/** Bytes and sender of a transaction that was in the pool. */
export interface RememberedTransaction {
  readonly raw: Uint8Array;
  readonly sender: Address;
}

/** Transactions that left the pool, newest kept, bounded by count and bytes. */
export class RememberedTransactions {
  readonly #byHash = new Map<Hash, RememberedTransaction>();
  readonly #limits: { readonly count: number; readonly sizeBytes: number };
  #sizeBytes = 0;

  constructor(limits: { readonly count: number; readonly sizeBytes: number }) {
    this.#limits = limits;
  }

  add(hash: Hash, transaction: RememberedTransaction): void {
    if (this.#byHash.has(hash)) return;
    this.#byHash.set(hash, transaction);
    this.#sizeBytes += transaction.raw.length;
    for (const [oldest, { raw }] of this.#byHash) {
      if (this.#byHash.size <= this.#limits.count && this.#sizeBytes <= this.#limits.sizeBytes) break;
      this.#byHash.delete(oldest);
      this.#sizeBytes -= raw.length;
    }
  }

  get(hash: Hash): RememberedTransaction | undefined {
    return this.#byHash.get(hash);
  }
}

/** Hashes that are refused until a moment, each for its reason; oldest forgotten first when there are too many. */
export class RefusedHashes<Reason> {
  readonly #refused = new Map<Hash, { readonly reason: Reason; readonly untilMs: number }>();
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  add(hash: Hash, reason: Reason, untilMs: number): void {
    this.#refused.delete(hash);
    this.#refused.set(hash, { reason, untilMs });
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > this.#count && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** Why `hash` is refused now; undefined: it is not. */
  get(hash: Hash, nowMs: number): Reason | undefined {
    const refused = this.#refused.get(hash);
    if (refused === undefined || nowMs < refused.untilMs) return refused?.reason;
    this.#refused.delete(hash);
    return undefined;
  }
}
