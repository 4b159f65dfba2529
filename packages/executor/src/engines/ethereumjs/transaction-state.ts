import type { StateManagerInterface } from '@ethereumjs/common';
import {
  type Address,
  assert,
  bytesToHex,
  EMPTY_BYTES,
  EMPTY_CODE_HASH,
  type Hash,
  keccak256Hex,
  padBytes,
} from '@heddle/primitives';
import { type AccountState, RunAbandoned, type RunControl, type StateAccess, type WriteSet } from '../../engine.ts';
import { collectWrites, EMPTY_ACCOUNT } from './collect-writes.ts';
import { Account, type Address as EvmAddress } from './ethereumjs.ts';
import { EvmAccount, standInAccount } from './evm-account.ts';
import { UndoLog } from './undo-log.ts';

/**
 * Where `runTx` is. Its code after the message settles gas through the same methods that contracts use, and these
 * accesses are not the transaction's own:
 * `running` -> (message ends) `refund`: the sender gets unused gas back -> `credit`: the beneficiary gets the fee, which
 * belongs to nobody's write set -> `closing`: destroyed and empty accounts are removed.
 */
type Phase = 'running' | 'refund' | 'credit' | 'closing';

const ZERO_VALUE = new Uint8Array(32);

/**
 * The state as the EVM of one thread sees it during one run: first reads go to {@link StateAccess} once, writes stay here.
 * Every method answers through microtasks only, and throws {@link RunAbandoned} once the run is abandoned.
 */
export class TransactionState implements StateManagerInterface {
  readonly originalStorageCache = {
    get: async (address: EvmAddress, key: Uint8Array): Promise<Uint8Array> => {
      this.#poll();
      return this.#originalSlot(hexOf(address), bytesToHex(key));
    },
    clear: (): void => undefined, // originals live exactly as long as the run
  };

  #access: StateAccess | undefined;
  #control: RunControl | undefined;
  #beneficiary: Address | undefined;
  #phase: Phase = 'running';
  #abandoned = false;
  #feeCredit = 0n;

  #undo = new UndoLog();
  /** What was read, as it was below this transaction. */
  #readAccounts = new Map<Address, AccountState | undefined>();
  #readSlots = new Map<Address, Map<Hash, Uint8Array>>();
  /** What this transaction made of it; undefined: the account is gone. */
  #accounts = new Map<Address, AccountState | undefined>();
  #slots = new Map<Address, Map<Hash, Uint8Array>>();
  #wiped = new Map<Address, true>();
  readonly #codes = new Map<Hash, Uint8Array>();

  /** Forgets the run before and begins one on `access`. Fees of `beneficiary` are set apart when it is given. */
  begin(access: StateAccess, control: RunControl, beneficiary: Address | undefined): void {
    this.#access = access;
    this.#control = control;
    this.#beneficiary = beneficiary;
    this.#phase = 'running';
    this.#abandoned = false;
    this.#feeCredit = 0n;
    this.#undo = new UndoLog();
    this.#readAccounts = new Map();
    this.#readSlots = new Map();
    this.#accounts = new Map();
    this.#slots = new Map();
    this.#wiped = new Map();
    this.#codes.clear();
  }

  /** The sender's account with its nonce predicted; what the EVM reads of it later is this same reading. */
  loadSender(sender: Address, nonce: bigint): AccountState | undefined {
    this.#poll();
    const account = this.#throughAbandon(() => this.#port().readSender(sender, nonce));
    this.#readAccounts.set(sender, account);
    return account;
  }

  /** Says that the message has ended: what follows settles gas. */
  endMessage(): void {
    this.#phase = 'refund';
  }

  /** Wei that the beneficiary is owed; 0 when the transaction destroyed it, which burns the fee. */
  feeCredit(): bigint {
    return this.#feeCredit;
  }

  /** Whether the run was abandoned, whatever the EVM made of the exception. */
  isAbandoned(): boolean {
    return this.#abandoned || this.#control?.isAbandoned() === true;
  }

  /** @throws RunAbandoned when the scheduler has given the run up. */
  poll(): void {
    this.#poll();
  }

  /** The code with this hash, of this transaction or below it. */
  codeByHash(codeHash: Hash): Uint8Array {
    if (codeHash === EMPTY_CODE_HASH) return EMPTY_BYTES;
    return this.#codes.get(codeHash) ?? this.#throughAbandon(() => this.#port().readCode(codeHash));
  }

  /** The hash of one of the last 256 blocks. */
  blockHash(number: number): Hash | undefined {
    this.#poll();
    return this.#throughAbandon(() => this.#port().readBlockHash(number));
  }

  /** Everything this run changed. */
  writeSet(): WriteSet {
    return collectWrites({
      accounts: this.#accounts,
      slots: this.#slots,
      wiped: this.#wiped,
      codes: this.#codes,
      accountBefore: (address) => this.#readAccount(address),
      slotBefore: (address, slot) => this.#readSlots.get(address)?.get(slot),
    });
  }

  async getAccount(address: EvmAddress): Promise<Account | undefined> {
    this.#poll();
    const key = hexOf(address);
    if (this.#isOnlyCredited(key)) return standInAccount();
    const account = this.#current(key);
    if (this.#phase === 'closing' && key === this.#beneficiary && this.#feeCredit > 0n) {
      // The fee counts when it is asked whether the account is empty.
      const { nonce, balance, codeHash } = account ?? EMPTY_ACCOUNT;
      return this.#toEvm(key, { nonce, balance: balance + this.#feeCredit, codeHash });
    }
    return account && this.#toEvm(key, account);
  }

  async putAccount(address: EvmAddress, account?: Account): Promise<void> {
    this.#poll();
    const key = hexOf(address);
    if (this.#phase === 'credit') {
      assert(key === this.#beneficiary && account, 'runTx credits the beneficiary right after it refunds the sender');
      this.#feeCredit = account.balance - (this.#isOnlyCredited(key) ? 0n : (this.#current(key)?.balance ?? 0n));
      this.#phase = 'closing';
      return;
    }
    if (this.#phase === 'refund') this.#phase = this.#beneficiary === undefined ? 'closing' : 'credit';
    if (account === undefined) this.#remove(key);
    else this.#put(key, account);
  }

  async deleteAccount(address: EvmAddress): Promise<void> {
    this.#poll();
    const key = hexOf(address);
    if (this.#phase === 'closing' && key === this.#beneficiary) this.#feeCredit = 0n;
    this.#remove(key);
  }

  async modifyAccountFields(address: EvmAddress, fields: Partial<Account>): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    Object.assign(account, fields);
    await this.putAccount(address, account);
  }

  async putCode(address: EvmAddress, code: Uint8Array): Promise<void> {
    this.#poll();
    const key = hexOf(address);
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256Hex(code);
    this.#codes.set(codeHash, code);
    this.#undo.set(this.#accounts, key, { ...(this.#current(key) ?? EMPTY_ACCOUNT), codeHash });
  }

  async getCode(address: EvmAddress): Promise<Uint8Array> {
    this.#poll();
    const account = this.#current(hexOf(address));
    return account === undefined ? EMPTY_BYTES : this.codeByHash(account.codeHash);
  }

  async getCodeSize(address: EvmAddress): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: EvmAddress, key: Uint8Array): Promise<Uint8Array> {
    this.#poll();
    const account = hexOf(address);
    const slot = bytesToHex(key);
    return this.#slots.get(account)?.get(slot) ?? this.#originalSlot(account, slot);
  }

  async putStorage(address: EvmAddress, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#poll();
    const account = hexOf(address);
    let slots = this.#slots.get(account);
    if (slots === undefined) {
      slots = new Map();
      this.#undo.set(this.#slots, account, slots);
    }
    this.#undo.set(slots, bytesToHex(key), padBytes(value, 32));
  }

  async clearStorage(address: EvmAddress): Promise<void> {
    this.#poll();
    const key = hexOf(address);
    this.#undo.set(this.#wiped, key, true);
    this.#undo.set(this.#slots, key, new Map());
  }

  async checkpoint(): Promise<void> {
    this.#poll();
    this.#undo.checkpoint();
  }

  async commit(): Promise<void> {
    this.#poll();
    this.#undo.commit();
  }

  async revert(): Promise<void> {
    this.#poll();
    this.#undo.revert();
  }

  /** Only receipts before Byzantium hold a root. */
  async getStateRoot(): Promise<Uint8Array> {
    return ZERO_VALUE;
  }

  async setStateRoot(): Promise<void> {
    assert(false, 'the state of a run has no root to set');
  }

  async hasStateRoot(): Promise<boolean> {
    return false;
  }

  clearCaches(): void {}

  shallowCopy(): StateManagerInterface {
    return new TransactionState();
  }

  #put(key: Address, account: Account): void {
    const before = this.#current(key);
    const codeHash = account instanceof EvmAccount ? account.codeHashHex() : bytesToHex(account.codeHash);
    const { nonce, balance } = account;
    if (before && before.nonce === nonce && before.balance === balance && before.codeHash === codeHash) return;
    this.#undo.set(this.#accounts, key, { nonce, balance, codeHash });
  }

  #remove(key: Address): void {
    if (this.#current(key) === undefined && !this.#accounts.has(key)) return;
    this.#undo.set<Address, AccountState | undefined>(this.#accounts, key, undefined);
  }

  #current(key: Address): AccountState | undefined {
    const own = this.#accounts.get(key);
    if (own !== undefined || this.#accounts.has(key)) return own;
    return this.#readAccount(key);
  }

  #readAccount(key: Address): AccountState | undefined {
    const read = this.#readAccounts.get(key);
    if (read !== undefined || this.#readAccounts.has(key)) return read;
    const account = this.#throughAbandon(() => this.#port().readAccount(key));
    this.#readAccounts.set(key, account);
    return account;
  }

  #originalSlot(account: Address, slot: Hash): Uint8Array {
    if (this.#wiped.has(account)) return ZERO_VALUE;
    let slots = this.#readSlots.get(account);
    if (slots === undefined) {
      slots = new Map();
      this.#readSlots.set(account, slots);
    }
    let value = slots.get(slot);
    if (value === undefined) {
      value = this.#throughAbandon(() => this.#port().readSlot(account, slot));
      slots.set(slot, value);
    }
    return value;
  }

  /** The beneficiary that the transaction itself never loaded: settling its fee must not read it. */
  #isOnlyCredited(key: Address): boolean {
    if (this.#phase === 'running' || key !== this.#beneficiary) return false;
    return !this.#readAccounts.has(key) && !this.#accounts.has(key);
  }

  #toEvm(key: Address, account: AccountState): Account {
    return new EvmAccount(account, () => this.#hasStorage(key));
  }

  #hasStorage(key: Address): boolean {
    if (this.#wiped.has(key)) return false;
    return this.#throughAbandon(() => this.#port().hasStorage(key));
  }

  #poll(): void {
    if (!this.isAbandoned()) return;
    this.#abandoned = true;
    throw new RunAbandoned('the run was abandoned');
  }

  /** Makes the abandonment stick when a read throws it: `runTx` swallows some exceptions. */
  #throughAbandon<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof RunAbandoned) this.#abandoned = true;
      throw error;
    }
  }

  #port(): StateAccess {
    assert(this.#access !== undefined, 'the EVM touches state only during a run');
    return this.#access;
  }
}

function hexOf(address: EvmAddress): Address {
  return bytesToHex(address.bytes);
}
