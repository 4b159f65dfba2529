import { type Address, EMPTY_CODE_HASH, equalBytes, type Fork, type Hash, isActive } from '@heddle/primitives';
import type { AccountState, StateAccess, WriteSet } from '../engine.ts';
import { SlotChanges } from '../state/slot-changes.ts';
import {
  type AccountChange,
  nextIncarnation,
  type StateDiff,
  type StateReader,
  type StoredAccount,
} from '../state/state-diff.ts';
import type { ReadBlockHash } from './reader-access.ts';

/** The state of one block while it runs without versions: each transaction sees all that was applied before it. */
export interface PlainState extends StateAccess {
  /** Makes a run's writes part of the state. */
  apply(writes: WriteSet): void;
  /** Pays a fee to the beneficiary. An account that is empty and gets nothing is removed since EIP-161, and made before it. */
  credit(beneficiary: Address, amount: bigint): void;
  /** What was applied so far, as block `blockNumber` changes the reader's state. */
  diff(blockNumber: number): StateDiff;
}

/** A state that begins as `reader` has it, under `fork`'s rules of empty accounts. */
export function createPlainState(reader: StateReader, readBlockHash: ReadBlockHash, fork: Fork = 'osaka'): PlainState {
  const layer = new WriteLayer(reader, { keepsEmpty: !isActive(fork, 'spuriousDragon') });
  const readAccount = (address: Address) => layer.account(address);
  return {
    readAccount,
    readSender: readAccount,
    readSlot: (address, slot) => layer.slot(address, slot),
    hasStorage: (address) => layer.hasStorage(address),
    readCode: (codeHash) => layer.code(codeHash),
    readBlockHash,
    apply: (writes) => layer.apply(writes),
    credit: (beneficiary, amount) => layer.credit(beneficiary, amount),
    diff: (blockNumber) => layer.diff(blockNumber),
  };
}

const EMPTY_ACCOUNT: AccountState = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };
const ZERO_VALUE = new Uint8Array(32);

/** Everything a block wrote, over the state before it. */
class WriteLayer {
  readonly #reader: StateReader;
  readonly #keepsEmpty: boolean;
  /** Undefined: gone. */
  readonly #accounts = new Map<Address, AccountState | undefined>();
  readonly #slots = new Map<Address, Map<Hash, Uint8Array>>();
  readonly #wiped = new Set<Address>();
  readonly #codes = new Map<Hash, Uint8Array>();

  constructor(reader: StateReader, { keepsEmpty }: { readonly keepsEmpty: boolean }) {
    this.#reader = reader;
    this.#keepsEmpty = keepsEmpty;
  }

  account(address: Address): AccountState | undefined {
    return this.#accounts.has(address) ? this.#accounts.get(address) : this.#reader.account(address);
  }

  slot(address: Address, slot: Hash): Uint8Array {
    return this.#slots.get(address)?.get(slot) ?? this.#slotBefore(address, slot);
  }

  hasStorage(address: Address): boolean {
    let count = this.#wiped.has(address) ? 0 : (this.#reader.account(address)?.slotCount ?? 0);
    for (const [slot, value] of this.#slots.get(address) ?? []) {
      count += Number(!isZero(value)) - Number(!isZero(this.#slotBefore(address, slot)));
    }
    return count > 0;
  }

  code(codeHash: Hash): Uint8Array {
    return this.#codes.get(codeHash) ?? this.#reader.code(codeHash);
  }

  apply(writes: WriteSet): void {
    for (const address of writes.wiped) {
      this.#wiped.add(address);
      this.#slots.delete(address);
    }
    for (const address of writes.deleted) this.#accounts.set(address, undefined);
    for (const [address, write] of writes.accounts) {
      this.#accounts.set(address, { ...EMPTY_ACCOUNT, ...fieldsOf(this.account(address)), ...write });
    }
    for (const [address, written] of writes.slots) {
      const slots = this.#slots.get(address) ?? new Map<Hash, Uint8Array>();
      for (const [slot, value] of written) slots.set(slot, value);
      this.#slots.set(address, slots);
    }
    for (const [codeHash, code] of writes.codes) this.#codes.set(codeHash, code);
  }

  credit(beneficiary: Address, amount: bigint): void {
    const account = this.account(beneficiary);
    if (amount > 0n || this.#keepsEmpty) {
      const { nonce, balance, codeHash } = account ?? EMPTY_ACCOUNT;
      this.#accounts.set(beneficiary, { nonce, balance: balance + amount, codeHash });
    } else if (account !== undefined && isEmpty(account)) {
      this.#accounts.set(beneficiary, undefined);
      this.#wiped.add(beneficiary);
      this.#slots.delete(beneficiary);
    }
  }

  diff(blockNumber: number): StateDiff {
    const accounts = new Map<Address, AccountChange>();
    const codes = new Map<Hash, Uint8Array>();
    for (const address of new Set([...this.#accounts.keys(), ...this.#wiped])) {
      const change = this.#accountChange(address, blockNumber);
      if (change === undefined) continue;
      accounts.set(address, change);
      const codeHash = change.after?.codeHash;
      const code = codeHash && codeHash !== change.before?.codeHash ? this.#codes.get(codeHash) : undefined;
      if (codeHash && code) codes.set(codeHash, code);
    }
    const slots = new Map<Address, SlotChanges>();
    for (const address of this.#slots.keys()) {
      const changes = this.#slotChanges(address);
      if (changes.size > 0) slots.set(address, changes);
    }
    return { accounts, slots, codes };
  }

  #accountChange(address: Address, number: number): AccountChange | undefined {
    const before = this.#reader.account(address);
    const now = this.account(address);
    if (now === undefined) return before === undefined ? undefined : { before, after: undefined };
    const incarnation = nextIncarnation(before, { isWiped: this.#wiped.has(address), number });
    const after: StoredAccount = { ...fieldsOf(now), incarnation };
    return before !== undefined && isSame(before, after) ? undefined : { before, after };
  }

  #slotChanges(address: Address): SlotChanges {
    const changes = new SlotChanges();
    if (this.account(address) === undefined) return changes;
    for (const [slot, after] of this.#slots.get(address) ?? []) {
      const before = this.#slotBefore(address, slot);
      if (!equalBytes(before, after)) changes.add(slot, { before, after });
    }
    return changes;
  }

  /** The slot before this block, as far as the block's storage of the account goes back to it. */
  #slotBefore(address: Address, slot: Hash): Uint8Array {
    if (this.#wiped.has(address)) return ZERO_VALUE;
    const account = this.#reader.account(address);
    return account === undefined ? ZERO_VALUE : this.#reader.slot(address, account.incarnation, slot);
  }
}

function fieldsOf(account: AccountState): AccountState;
function fieldsOf(account: AccountState | undefined): AccountState | undefined;
function fieldsOf(account: AccountState | undefined): AccountState | undefined {
  return account && { nonce: account.nonce, balance: account.balance, codeHash: account.codeHash };
}

function isSame(before: StoredAccount, after: StoredAccount): boolean {
  return (
    before.nonce === after.nonce &&
    before.balance === after.balance &&
    before.codeHash === after.codeHash &&
    before.incarnation === after.incarnation
  );
}

function isEmpty({ nonce, balance, codeHash }: AccountState): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH;
}

function isZero(value: Uint8Array): boolean {
  return equalBytes(value, ZERO_VALUE);
}
