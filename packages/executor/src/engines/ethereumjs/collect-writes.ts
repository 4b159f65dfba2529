import { type Address, EMPTY_CODE_HASH, equalBytes, type Hash } from '@heddle/primitives';
import type { AccountState, AccountWrite, WriteSet } from '../../engine.ts';

/** What an account that does not exist counts as. */
export const EMPTY_ACCOUNT: AccountState = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

const ZERO_VALUE = new Uint8Array(32);

/** A transaction's own state when it ends, and what it had read. */
export interface OwnState {
  /** Undefined: gone. */
  readonly accounts: ReadonlyMap<Address, AccountState | undefined>;
  readonly slots: ReadonlyMap<Address, ReadonlyMap<Hash, Uint8Array>>;
  readonly wiped: ReadonlyMap<Address, true>;
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
  accountBefore(address: Address): AccountState | undefined;
  /** Undefined when it was never read. */
  slotBefore(address: Address, slot: Hash): Uint8Array | undefined;
}

/** The write set of a transaction: only what differs from what it read. */
export function collectWrites(own: OwnState): WriteSet {
  const accounts = new Map<Address, AccountWrite>();
  const deleted = new Set<Address>();
  const wiped = new Set<Address>();
  const codes = new Map<Hash, Uint8Array>();
  for (const [address, now] of own.accounts) {
    const before = own.accountBefore(address);
    if (now === undefined) {
      if (before === undefined) continue;
      deleted.add(address);
      wiped.add(address);
      continue;
    }
    if (own.wiped.has(address)) wiped.add(address);
    const write = changedFields(before ?? EMPTY_ACCOUNT, now);
    if (write === undefined) {
      // Empty and new: only before Spurious Dragon does such an account come into being (EIP-161).
      if (before === undefined) accounts.set(address, {});
      continue;
    }
    accounts.set(address, write);
    const code = write.codeHash && own.codes.get(write.codeHash);
    if (write.codeHash && code && write.codeHash !== EMPTY_CODE_HASH) codes.set(write.codeHash, code);
  }
  return { accounts, wiped, deleted, slots: changedSlots(own), codes };
}

function changedFields(before: AccountState, now: AccountState): AccountWrite | undefined {
  const write: { nonce?: bigint; balance?: bigint; codeHash?: Hash } = {};
  if (now.nonce !== before.nonce) write.nonce = now.nonce;
  if (now.balance !== before.balance) write.balance = now.balance;
  if (now.codeHash !== before.codeHash) write.codeHash = now.codeHash;
  return Object.keys(write).length === 0 ? undefined : write;
}

function changedSlots(own: OwnState): Map<Address, Map<Hash, Uint8Array>> {
  const slots = new Map<Address, Map<Hash, Uint8Array>>();
  for (const [address, values] of own.slots) {
    if (own.accounts.has(address) && own.accounts.get(address) === undefined) continue;
    const changed = new Map<Hash, Uint8Array>();
    for (const [slot, value] of values) {
      const before = own.wiped.has(address) ? ZERO_VALUE : own.slotBefore(address, slot);
      if (before === undefined || !equalBytes(before, value)) changed.set(slot, value);
    }
    if (changed.size > 0) slots.set(address, changed);
  }
  return slots;
}
