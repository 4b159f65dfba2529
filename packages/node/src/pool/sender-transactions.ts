import type { Address } from '@heddle/primitives';
import type { PooledEntry } from './pooled-entry.ts';

/** The part of an account that the pool judges by. */
export interface PoolAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
}

/** One sender's transactions by nonce. The executable ones follow the account's nonce without a gap; the rest queue. */
export class SenderTransactions {
  readonly address: Address;
  #account: PoolAccount;
  readonly #byNonce = new Map<bigint, PooledEntry>();
  #executableCount = 0;
  #executableCost = 0n;

  constructor(address: Address, account: PoolAccount) {
    this.address = address;
    this.#account = account;
  }

  get account(): PoolAccount {
    return this.#account;
  }

  get size(): number {
    return this.#byNonce.size;
  }

  get executableCount(): number {
    return this.#executableCount;
  }

  /** Sum of the executable transactions' costs, wei. */
  get executableCost(): bigint {
    return this.#executableCost;
  }

  /** The nonce of the next transaction that would be executable. */
  get nextNonce(): bigint {
    return this.#account.nonce + BigInt(this.#executableCount);
  }

  entry(nonce: bigint): PooledEntry | undefined {
    return this.#byNonce.get(nonce);
  }

  isExecutable(entry: PooledEntry): boolean {
    const { nonce } = entry.transaction;
    return nonce >= this.#account.nonce && nonce < this.nextNonce;
  }

  /** Puts `entry` at its nonce, in the place of an older one if need be, and promotes what follows it. */
  put(entry: PooledEntry): void {
    const { nonce } = entry.transaction;
    const replaced = this.#byNonce.get(nonce);
    this.#byNonce.set(nonce, entry);
    if (replaced && this.isExecutable(entry)) this.#executableCost += entry.cost - replaced.cost;
    else this.#extend();
  }

  /** Takes `entry` out; executable ones behind it queue from now on. */
  remove(entry: PooledEntry): void {
    const { nonce } = entry.transaction;
    if (this.#byNonce.get(nonce) !== entry) return;
    const wasExecutable = this.isExecutable(entry);
    this.#byNonce.delete(nonce);
    if (!wasExecutable) return;
    if (nonce === this.nextNonce - 1n) {
      this.#executableCount--; // the last executable one: nothing to walk, however long the sender's burst
      this.#executableCost -= entry.cost;
    } else this.#recount();
  }

  /** Takes over the account at a new head. Returns (and drops) what is mined, outdated or can no longer be paid. */
  moveTo(account: PoolAccount): PooledEntry[] {
    this.#account = account;
    const dropped: PooledEntry[] = [];
    for (const [nonce, entry] of this.#byNonce) {
      if (nonce >= account.nonce && entry.cost <= account.balance) continue;
      dropped.push(entry);
      this.#byNonce.delete(nonce);
    }
    this.#recount();
    return dropped;
  }

  /** The executable transactions in order that the account can pay for even if each used all of its gas. */
  *payable(): Generator<PooledEntry, void> {
    let left = this.#account.balance;
    for (let offset = 0; offset < this.#executableCount; offset++) {
      const entry = this.#byNonce.get(this.#account.nonce + BigInt(offset));
      if (entry === undefined || entry.cost > left) return;
      left -= entry.cost;
      yield entry;
    }
  }

  /** The entry with the highest nonce: the only one whose removal strands no other. */
  last(): PooledEntry | undefined {
    if (this.size === this.#executableCount) return this.#byNonce.get(this.nextNonce - 1n);
    let last: PooledEntry | undefined;
    for (const entry of this.#byNonce.values()) {
      if (last === undefined || entry.transaction.nonce > last.transaction.nonce) last = entry;
    }
    return last;
  }

  #recount(): void {
    this.#executableCount = 0;
    this.#executableCost = 0n;
    this.#extend();
  }

  #extend(): void {
    for (let next = this.entry(this.nextNonce); next !== undefined; next = this.entry(this.nextNonce)) {
      this.#executableCount++;
      this.#executableCost += next.cost;
    }
  }
}
