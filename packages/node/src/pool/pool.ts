import { type Address, effectiveTip, type Hash, keccak256Hex } from '@heddle/primitives';
import { type CandidateRequest, type Candidates, pickCandidates } from './candidates.ts';
import { pickVictims } from './eviction.ts';
import {
  ENTRY_OVERHEAD_BYTES,
  type PoolLimits,
  RECENT_BYTES,
  REMEMBERED_COUNT,
  SETTLED_AGE_MS,
} from './pool-limits.ts';
import type { PooledEntry } from './pooled-entry.ts';
import { Regossip } from './regossip.ts';
import { type AdmissionOutcome, type Rejection, rejections } from './rejection.ts';
import { RefusedHashes, type RememberedTransaction, RememberedTransactions } from './remembered.ts';
import { findReplacementFault } from './replacement.ts';
import { type PoolAccount, SenderTransactions } from './sender-transactions.ts';
import { type FormRules, judgeForm, type WellFormed } from './transaction-form.ts';

/** The decided state that the pool judges by, frozen at one head. Answers at once. */
export interface PoolState {
  readonly headNumber: number;
  readonly headHash: Hash;
  /** Base fee of the block that follows the head, wei. */
  readonly nextBaseFeePerGas: bigint;
  /** Undefined: no such account. */
  account(address: Address): PoolAccount | undefined;
}

/** What the pool is made of. `now` is a clock in milliseconds that never goes back. */
export interface PoolOptions {
  readonly rules: FormRules;
  readonly limits: PoolLimits;
  readonly state: PoolState;
  readonly now: () => number;
}

/** Where a transaction came from: `local` ones this node spreads and answers for. */
export type Origin = 'local' | 'remote';

/** Transactions after the given place in order of admission. `next` undefined: that was all. */
export interface PoolPage {
  readonly raws: readonly Uint8Array[];
  readonly next: number | undefined;
}

/** Why a builder cannot use a transaction on any head, as the rejection is named. */
type Unbuildable = 'tooSlow' | 'failed';

const NO_ACCOUNT: PoolAccount = { nonce: 0n, balance: 0n };
/** A full pool makes room for this share of itself at once, so that a flood pays the search for victims rarely. */
const EVICTED_SHARE = 100;

/** The transaction pool: decides by state, rules and clock alone, without I/O. One thread owns it. */
export class TransactionPool {
  readonly #options: PoolOptions;
  readonly #entries = new Map<Hash, PooledEntry>();
  readonly #senders = new Map<Address, SenderTransactions>();
  /** Senders whose next transaction could stand in the next block. */
  readonly #ready = new Set<SenderTransactions>();
  readonly #left = new RememberedTransactions({ count: REMEMBERED_COUNT, sizeBytes: RECENT_BYTES });
  readonly #unbuildable = new RefusedHashes<Unbuildable>(REMEMBERED_COUNT);
  readonly #regossip: Regossip;
  /** The best offer that found no victim since the pool last changed, by class: a lower one need not search again. */
  readonly #refusedTip: { executable: bigint; queued: bigint } = { executable: -1n, queued: -1n };
  #state: PoolState;
  #sizeBytes = 0;
  #sequence = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#regossip = new Regossip(options.limits);
  }

  /** The state in force. */
  get state(): PoolState {
    return this.#state;
  }

  /** Whether a block on the head would hold any of the pool's transactions. */
  get hasCandidates(): boolean {
    return this.#ready.size > 0;
  }

  /** Whether `hash` is pooled. */
  has(hash: Hash): boolean {
    return this.#entries.has(hash);
  }

  /** The pooled transaction. */
  entry(hash: Hash): PooledEntry | undefined {
    return this.#entries.get(hash);
  }

  /** Judges `raw` and takes it in. The bytes are kept: the caller must not change them afterwards. */
  admit(raw: Uint8Array, origin: Origin): AdmissionOutcome {
    const hash = keccak256Hex(raw);
    if (this.#entries.has(hash)) return rejections.alreadyKnown();
    const unbuildable = this.#unbuildable.get(hash, this.#options.now());
    if (unbuildable !== undefined) return rejections[unbuildable]();
    const formed = judgeForm(raw, this.#options.rules);
    return 'accepted' in formed ? formed : this.#admitFormed(formed, origin);
  }

  /**
   * Takes over a new head. `touched`: every account whose nonce or balance its blocks changed; `all` when that is not
   * known. Drops what is mined or can no longer be paid, promotes what no longer waits.
   */
  moveTo(state: PoolState, touched: Iterable<Address> | 'all'): void {
    const feeChanged = state.nextBaseFeePerGas !== this.#state.nextBaseFeePerGas;
    this.#state = state;
    for (const address of touched === 'all' ? [...this.#senders.keys()] : touched) {
      const sender = this.#senders.get(address);
      if (sender === undefined) continue;
      for (const entry of sender.moveTo(state.account(address) ?? NO_ACCOUNT)) this.#forget(entry);
      this.#settle(sender);
    }
    if (feeChanged) for (const sender of this.#senders.values()) this.#settle(sender);
    this.#resetRefusals();
  }

  /** What a builder on the head should try, best first. */
  candidates(request: CandidateRequest): Candidates {
    // A deep pool leaves the newest aside, so that the others hold what the proposal names.
    const isDeep = this.#entries.size > request.maxCount || this.#leastGas() > request.gasLimit;
    const newestMs = isDeep ? this.#options.now() - SETTLED_AGE_MS : Number.POSITIVE_INFINITY;
    const settled = pickCandidates(this.#ready, request, newestMs);
    const entries = settled.length > 0 ? settled : pickCandidates(this.#ready, request, Number.POSITIVE_INFINITY);
    return { headHash: this.#state.headHash, entries };
  }

  /** Bytes and sender of a transaction that is in the pool or left it recently. */
  resolve(hash: Hash): RememberedTransaction | undefined {
    const entry = this.#entries.get(hash);
    return entry ? { raw: entry.transaction.raw, sender: entry.sender } : this.#left.get(hash);
  }

  /** The nonce after all executable transactions of `address`, at the pool's head. */
  pendingNonce(address: Address): bigint {
    return this.#senders.get(address)?.nextNonce ?? this.#state.account(address)?.nonce ?? 0n;
  }

  /** Whether the pool holds an executable transaction of `address`. */
  hasExecutable(address: Address): boolean {
    return (this.#senders.get(address)?.executableCount ?? 0) > 0;
  }

  /** How many transactions are executable (`pending`) and how many wait behind a nonce gap (`queued`). */
  status(): { readonly pending: number; readonly queued: number } {
    let pending = 0;
    for (const sender of this.#senders.values()) pending += sender.executableCount;
    return { pending, queued: this.#entries.size - pending };
  }

  /** Local transactions that no block took in time, to be spread again now. */
  dueForRegossip(maxCount: number): Uint8Array[] {
    return this.#regossip.due(this.#options.now(), maxCount).map((entry) => entry.transaction.raw);
  }

  /** All transactions in order of admission, in pages of at most `maxBytes` (one transaction at least). */
  page(after: number, maxBytes: number): PoolPage {
    const raws: Uint8Array[] = [];
    let sizeBytes = 0;
    let last = after;
    for (const { sequence, transaction } of this.#entries.values()) {
      if (sequence <= after) continue;
      sizeBytes += transaction.raw.length;
      if (sizeBytes > maxBytes && raws.length > 0) return { raws, next: last };
      raws.push(transaction.raw);
      last = sequence;
    }
    return { raws, next: undefined };
  }

  /** A builder could not finish this one in its time, or not at all: it leaves and stays out for a while. */
  refuseForAWhile(hash: Hash, why: Unbuildable): void {
    this.#unbuildable.add(hash, why, this.#options.now() + this.#options.limits.unbuildableMs);
    const entry = this.#entries.get(hash);
    if (entry) this.#drop(entry);
  }

  /**
   * A builder on `headHash` found these invalid. Only a sender's next transaction is dropped for it: a later one may
   * have failed because of what came before.
   */
  dropInvalid(headHash: Hash, hashes: readonly Hash[]): void {
    if (headHash !== this.#state.headHash) return;
    const isNext = (entry: PooledEntry) => this.#senders.get(entry.sender)?.account.nonce === entry.transaction.nonce;
    const entries = hashes.map((hash) => this.#entries.get(hash)).filter((entry) => entry !== undefined);
    for (const entry of entries.filter(isNext)) this.#drop(entry);
  }

  /** Drops what has waited behind a nonce gap for too long. */
  expire(): void {
    const oldestMs = this.#options.now() - this.#options.limits.queuedLifetimeMs;
    for (const entry of this.#entries.values()) {
      if (entry.addedMs >= oldestMs) return; // in order of admission
      if (!this.#senders.get(entry.sender)?.isExecutable(entry)) this.#drop(entry);
    }
  }

  #admitFormed(formed: WellFormed, origin: Origin): AdmissionOutcome {
    const { transaction } = formed;
    const entry: PooledEntry = {
      ...formed,
      cost: transaction.gasLimit * transaction.maxFeePerGas + transaction.value,
      sequence: ++this.#sequence,
      addedMs: this.#options.now(),
      isLocal: origin === 'local',
    };
    const known = this.#senders.get(entry.sender);
    const account = known?.account ?? this.#state.account(entry.sender) ?? NO_ACCOUNT;
    const replaced = known?.entry(transaction.nonce);
    const fault = this.#judgeFunds(entry, account, replaced) ?? this.#judgeRoom(entry, known, account, replaced);
    if (fault) return fault;
    if (replaced) this.#forget(replaced);
    // Making room may have emptied and dropped nobody but others: `known` still stands.
    const sender = known ?? new SenderTransactions(entry.sender, account);
    this.#senders.set(entry.sender, sender);
    sender.put(entry);
    this.#entries.set(transaction.hash, entry);
    this.#sizeBytes += sizeOf(entry);
    if (entry.isLocal) this.#regossip.add(entry);
    this.#settle(sender);
    this.#resetRefusals(); // it may be somebody's victim itself
    return { accepted: true, hash: transaction.hash };
  }

  #judgeFunds(entry: PooledEntry, account: PoolAccount, replaced: PooledEntry | undefined): Rejection | undefined {
    const { nonce } = entry.transaction;
    if (nonce < account.nonce) return rejections.nonceTooLow(account.nonce, nonce);
    const { cost } = entry;
    if (cost > account.balance) return rejections.insufficientFunds(account.balance, cost);
    const sender = this.#senders.get(entry.sender);
    const spent = sender?.executableCost ?? 0n;
    const isSpent = replaced !== undefined && sender?.isExecutable(replaced); // its cost is in `spent` already
    const bump = isSpent ? cost - replaced.cost : cost;
    if (spent + bump <= account.balance) return undefined;
    return isSpent
      ? rejections.insufficientToBump(account.balance, spent, bump)
      : rejections.insufficientWithQueued(account.balance, spent, cost);
  }

  #judgeRoom(
    entry: PooledEntry,
    sender: SenderTransactions | undefined,
    account: PoolAccount,
    replaced: PooledEntry | undefined,
  ): Rejection | undefined {
    const fault = replaced && findReplacementFault(entry.transaction, replaced.transaction);
    if (fault) return fault;
    const { perAccount } = this.#options.limits;
    if (!replaced && sender && sender.size >= perAccount) return rejections.accountLimit(sender.size);
    const isExecutable = entry.transaction.nonce <= (sender?.nextNonce ?? account.nonce);
    return this.#makeRoom(entry, replaced, isExecutable) ? undefined : rejections.poolFull();
  }

  #fits(entry: PooledEntry, replaced: PooledEntry | undefined): boolean {
    const { transactionCount, totalBytes } = this.#options.limits;
    const count = this.#entries.size + (replaced ? 0 : 1);
    const sizeBytes = this.#sizeBytes + sizeOf(entry) - (replaced ? sizeOf(replaced) : 0);
    return count <= transactionCount && sizeBytes <= totalBytes;
  }

  #makeRoom(entry: PooledEntry, replaced: PooledEntry | undefined, isExecutable: boolean): boolean {
    if (this.#fits(entry, replaced)) return true; // the usual case, at no further cost
    const baseFeePerGas = this.#state.nextBaseFeePerGas;
    const tip = effectiveTip(entry.transaction, baseFeePerGas);
    const rank = isExecutable ? 'executable' : 'queued';
    const count = Math.max(1, Math.floor(this.#entries.size / EVICTED_SHARE));
    const guaranteed = this.#options.limits.guaranteedPerAccount;
    const newcomer = { tip, isExecutable, sender: this.#senders.get(entry.sender) };
    while (!this.#fits(entry, replaced)) {
      if (tip <= this.#refusedTip[rank]) return false;
      const victims = pickVictims(this.#senders.values(), newcomer, { count, guaranteed, baseFeePerGas });
      for (const victim of victims) this.#drop(victim);
      if (victims.length === 0) {
        this.#refusedTip[rank] = tip;
        return false;
      }
    }
    return true;
  }

  /** Takes `entry` out of pool and sender. */
  #drop(entry: PooledEntry): void {
    const sender = this.#senders.get(entry.sender);
    this.#forget(entry);
    sender?.remove(entry);
    if (sender) this.#settle(sender);
  }

  /** Takes `entry` out of everything but its sender's list. */
  #forget(entry: PooledEntry): void {
    const { hash, raw } = entry.transaction;
    this.#entries.delete(hash);
    this.#sizeBytes -= sizeOf(entry);
    this.#regossip.delete(entry);
    this.#left.add(hash, { raw, sender: entry.sender });
    this.#resetRefusals();
  }

  /** Brings the sender's readiness up to date; an empty sender is dropped. */
  #settle(sender: SenderTransactions): void {
    const next = sender.size > 0 ? sender.entry(sender.account.nonce) : undefined;
    const isReady =
      next !== undefined &&
      next.cost <= sender.account.balance &&
      next.transaction.maxFeePerGas >= this.#state.nextBaseFeePerGas;
    if (isReady) this.#ready.add(sender);
    else this.#ready.delete(sender);
    if (sender.size === 0) this.#senders.delete(sender.address);
  }

  #leastGas(): bigint {
    return BigInt(this.#entries.size) * 21_000n;
  }

  #resetRefusals(): void {
    this.#refusedTip.executable = -1n;
    this.#refusedTip.queued = -1n;
  }
}

function sizeOf(entry: PooledEntry): number {
  return entry.transaction.raw.length + ENTRY_OVERHEAD_BYTES;
}
