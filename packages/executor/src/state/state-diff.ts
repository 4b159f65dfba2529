import type { Address, Hash } from '@heddle/primitives';

/** An account as the store holds it. */
export interface StoredAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Hash;
  /** Counts how often the account's storage was wiped or begun; part of its slots' keys. 0 for accounts of genesis. */
  readonly incarnation: number;
}

/** One account's change over a block. Undefined: it does not exist. */
export interface AccountChange {
  readonly before: StoredAccount | undefined;
  readonly after: StoredAccount | undefined;
}

/** One slot's change over a block, in one incarnation; 32 bytes each. */
export interface SlotChange {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * What a block changed: the same for every validator and worker count.
 * Keys are sorted by nobody; values that end where they began are left out.
 */
export interface StateDiff {
  readonly accounts: ReadonlyMap<Address, AccountChange>;
  /** Account -> slot -> change, within the incarnation of `accounts.after` (or of the store when not listed there). */
  readonly slots: ReadonlyMap<Address, ReadonlyMap<Hash, SlotChange>>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
}

/** State at the head, or at a past block: what execution and queries read. Answers at once. */
export interface StateReader {
  account(address: Address): StoredAccount | undefined;
  /** 32 bytes; zeros when unset. */
  slot(address: Address, incarnation: number, slot: Hash): Uint8Array;
  /** No bytes for the empty code hash. @throws HeddleError `STATE_CODE_MISSING` */
  code(codeHash: Hash): Uint8Array;
}
