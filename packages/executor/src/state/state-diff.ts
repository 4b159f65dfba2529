import type { Address, Hash } from '@heddle/primitives';
import type { SlotChanges } from './slot-changes.ts';

/** An account as the store holds it. */
export interface StoredAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Hash;
  /**
   * Tells the account's storage from earlier storage of the same address; part of its slots' keys. The number of the
   * block that last created the account or wiped its storage (0: genesis), so that none is ever used twice:
   * {@link nextIncarnation}.
   */
  readonly incarnation: number;
  /**
   * How many of its slots are not zero (EIP-7610 asks). Whatever a {@link StateReader} returns has it. Of a diff only
   * `before` counts, where absent means "look it up"; the store computes that of `after` from the slots.
   */
  readonly slotCount?: number;
}

/** The incarnation of an account after block `blockNumber`; `isWiped`: the block cleared its storage or created it. */
export function nextIncarnation(
  before: StoredAccount | undefined,
  block: { readonly isWiped: boolean; readonly number: number },
): number {
  return before === undefined || block.isWiped ? block.number : before.incarnation;
}

/** One account's change over a block. Undefined: it does not exist. */
export interface AccountChange {
  readonly before: StoredAccount | undefined;
  readonly after: StoredAccount | undefined;
}

/**
 * What a block changed: the same for every validator and worker count.
 * Keys are sorted by nobody; values that end where they began are left out.
 */
export interface StateDiff {
  readonly accounts: ReadonlyMap<Address, AccountChange>;
  /** By account, within the incarnation of `accounts.after` (or of the store when not listed there); none is empty. */
  readonly slots: ReadonlyMap<Address, SlotChanges>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
}

/**
 * Whether two diffs of one state that come to one state root are one: a root says all of a diff but incarnations. A block
 * that is executed in several rounds of consensus yields the same diff each time.
 */
export function isSameDiff(left: StateDiff, right: StateDiff): boolean {
  if (left.accounts.size !== right.accounts.size) return false;
  for (const [address, { after }] of left.accounts) {
    const change = right.accounts.get(address);
    if (change === undefined || change.after?.incarnation !== after?.incarnation) return false;
  }
  return true;
}

/** State at the head, or at a past block: what execution and queries read. Answers at once. */
export interface StateReader {
  account(address: Address): StoredAccount | undefined;
  /** 32 bytes; zeros when unset. */
  slot(address: Address, incarnation: number, slot: Hash): Uint8Array;
  /** No bytes for the empty code hash. @throws HeddleError `STATE_CODE_MISSING` */
  code(codeHash: Hash): Uint8Array;
}
