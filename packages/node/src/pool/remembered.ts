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

/** Hashes that are refused until a moment, oldest forgotten first when there are too many. */
export class RefusedHashes {
  readonly #untilMs = new Map<Hash, number>();
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  add(hash: Hash, untilMs: number): void {
    this.#untilMs.delete(hash);
    this.#untilMs.set(hash, untilMs);
    const [oldest] = this.#untilMs.keys();
    if (this.#untilMs.size > this.#count && oldest !== undefined) this.#untilMs.delete(oldest);
  }

  has(hash: Hash, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(hash);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#untilMs.delete(hash);
    return false;
  }
}
