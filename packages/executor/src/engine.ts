import type {
  AccessListEntry,
  Address,
  Authorization,
  EngineName,
  ExecutionRules,
  Hash,
  Log,
  Transaction,
  Withdrawal,
} from '@heddle/primitives';
import type { CoreSteps } from './shared-memory/core.ts';
import type { Tracer } from './tracer.ts';

/** A payment out of nothing at a block's end. */
export interface BlockReward {
  readonly address: Address;
  /** Wei. */
  readonly amount: bigint;
}

/** What execution needs of a block before its results are known. */
export interface BlockEnvironment {
  readonly number: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly beneficiary: Address;
  readonly gasLimit: bigint;
  /** 0 before London. */
  readonly baseFeePerGas: bigint;
  /** PREVRANDAO; before the merge the difficulty. */
  readonly mixHash: Hash;
  readonly excessBlobGas: bigint;
  readonly parentHash: Hash;
  readonly parentBeaconBlockRoot: Hash;
  readonly withdrawals: readonly Withdrawal[];
  /** For mining the block and its ommers; none since the merge. */
  readonly rewards?: readonly BlockReward[];
  /** Accounts whose balances another one gets before the first transaction (the DAO fork, EIP-779). */
  readonly sweep?: { readonly accounts: readonly Address[]; readonly recipient: Address };
}

/** A transaction with its sender already recovered. */
export interface PreparedTransaction {
  readonly transaction: Transaction;
  readonly sender: Address;
}

/** An account as one transaction sees it. */
export interface AccountState {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: Hash;
}

/**
 * The world as ONE run of one transaction sees it: everything below its index, nothing of its own.
 * The engine keeps the transaction's own writes; here go only first reads, each of which may be logged.
 * All methods answer at once. Each may throw {@link RunAbandoned}; the engine lets it through.
 */
export interface StateAccess {
  /** The account, undefined when it does not exist. Reads balance, nonce, code hash and existence EXACTLY. */
  readAccount(address: Address): AccountState | undefined;
  /**
   * The sender's account with `nonce` assumed instead of read (a NONCE_EQ predicate); balance and code hash EXACT.
   * Only for a transaction's own sender before its message runs.
   */
  readSender(address: Address, nonce: bigint): AccountState | undefined;
  /** The slot's value, 32 bytes. */
  readSlot(address: Address, slot: Hash): Uint8Array;
  /** Whether any slot of the account is not zero (EIP-7610). */
  hasStorage(address: Address): boolean;
  /** The code with this hash; no bytes for the empty hash. */
  readCode(codeHash: Hash): Uint8Array;
  /** The hash of one of the last 256 blocks, undefined outside. */
  readBlockHash(number: number): Hash | undefined;
}

/** Thrown through an engine to end a run whose result nobody wants. The engine also re-checks `isAbandoned` afterwards. */
export class RunAbandoned extends Error {
  override readonly name = 'RunAbandoned';
}

/** How the scheduler can end a run early: polled at calls, before precompiles, and in between by the work done, or at jumps. */
export interface RunControl {
  /** Sticky: once true, true until the run has ended. */
  isAbandoned(): boolean;
}

/** Final values after one transaction, only where they differ from what it read. */
export interface AccountWrite {
  readonly balance?: bigint;
  readonly nonce?: bigint;
  readonly codeHash?: Hash;
}

/** Everything a transaction changed. Slots of an account in `wiped` were cleared before its `slots` were written. */
export interface WriteSet {
  readonly accounts: ReadonlyMap<Address, AccountWrite>;
  /** Accounts created anew (storage cleared) or destroyed in this transaction. */
  readonly wiped: ReadonlySet<Address>;
  /** Accounts that do not exist afterwards (destroyed, or touched and empty: EIP-161). */
  readonly deleted: ReadonlySet<Address>;
  /** Account -> slot -> value (32 bytes); only values that differ from those read. */
  readonly slots: ReadonlyMap<Address, ReadonlyMap<Hash, Uint8Array>>;
  /** Code that came into being, by hash. */
  readonly codes: ReadonlyMap<Hash, Uint8Array>;
}

/** A transaction that ran, whether it succeeded, reverted or ran out of gas. */
export interface ExecutedTransaction {
  readonly status: 'executed';
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly logs: readonly Log[];
  readonly contractAddress: Address | undefined;
  readonly returnData: Uint8Array;
  /** Halt of the top frame in geth's words (`execution reverted`, `out of gas`, …); undefined on success. */
  readonly haltReason: string | undefined;
  /** Wei owed to the beneficiary; in no write set, added when the transaction commits. */
  readonly feeCredit: bigint;
  readonly writes: WriteSet;
}

/** What one run came to. `invalid`: the transaction may not stand in a block at this place (`reason` in geth's words). */
export type RunOutcome =
  | ExecutedTransaction
  | { readonly status: 'invalid'; readonly reason: string }
  | { readonly status: 'abandoned' };

/** A message without a transaction around it: `eth_call`. */
export interface CallMessage {
  readonly from: Address;
  readonly to: Address | undefined;
  readonly gasLimit: bigint;
  readonly gasPrice: bigint;
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Absent: none. Warms what it names and costs its intrinsic gas. */
  readonly accessList?: readonly AccessListEntry[];
  /** Absent: none. Applied before the message runs (EIP-7702). */
  readonly authorizationList?: readonly Authorization[];
}

/** What an engine asks that runs the core's transactions by itself. Addresses are of the core's memory. */
export interface CoreHost {
  /** For codes, hashes of blocks and precompiles. */
  readonly state: StateAccess & RunControl;
  /** Wall milliseconds of the clock that all threads share. The host looks whether the block is cancelled meanwhile. */
  now(): number;
  /** Fetches the values of the account `entry` from before the block. May throw {@link RunAbandoned}. */
  loadAccountBase(entry: number): void;
  /** The same for the slot with `head`. */
  loadSlotBase(head: number): void;
  /** The authorizations of transaction `tx` (EIP-7702); undefined: what it is, {@link Engine.runTransaction} has to say. */
  authorizations(tx: number): readonly Authorization[] | undefined;
  /** Shows a new code to all threads. May throw {@link RunAbandoned}. */
  publishCode(codeHash: Hash, code: Uint8Array): void;
}

/** Why an engine does not go on with the core's transactions. All but the first two are about the run that has begun. */
export type CoreStop =
  /** The block has ended. */
  | { readonly status: 'stopped' }
  /** There was nothing to do for about 2 ms. */
  | { readonly status: 'idle' }
  /** Transaction `tx` takes {@link Engine.runTransaction}; nothing of it is left in the run. */
  | { readonly status: 'for-host'; readonly tx: number }
  /** Nobody wants the run any more; or the block's memory is used up. */
  | { readonly status: 'abandoned' | 'starved' }
  | { readonly status: 'failed'; readonly error: unknown };

/** The logs that a contract emitted in the transactions of a block, in order. */
export type LogsOf = (contract: Address) => readonly Log[];

/** An EVM bound to one thread. One run at a time; a run passes through microtasks only, never the event loop. */
export interface Engine {
  /** For figures. */
  readonly name: EngineName;
  /** Sets the block for the runs that follow. */
  beginBlock(environment: BlockEnvironment): void;
  runTransaction(prepared: PreparedTransaction, state: StateAccess, control: RunControl): Promise<RunOutcome>;
  /** Of an engine that was made for a core: runs its transactions until something else has to be done. */
  readonly runOnCore?: ((host: CoreHost) => CoreStop) | undefined;
  /** System calls before the first transaction (EIP-2935, EIP-4788), and what {@link BlockEnvironment.sweep} asks. */
  runBlockStart(state: StateAccess): Promise<WriteSet>;
  /** Rewards, withdrawals and requests after the last one (EIP-4895, 6110, 7002, 7251). */
  runBlockEnd(state: StateAccess, logsOf: LogsOf): Promise<{ writes: WriteSet; requestsHash: Hash }>;
  /** Runs a message without fee, nonce or balance-for-gas checks; all of its writes are dropped. */
  runCall(message: CallMessage, state: StateAccess, control: RunControl): Promise<RunOutcome>;
}

/** What an engine may be made for. */
export interface EnginePurpose {
  /** What the thread's instance of the core exports, for an engine that can run its transactions by itself. */
  readonly core?: CoreSteps | undefined;
  /** Where it reports each step of its runs, much slower. */
  readonly tracer?: Tracer | undefined;
}

/** Makes an engine for one thread; everything a fork can need is loaded when it resolves. */
export type CreateEngine = (rules: ExecutionRules, purpose?: EnginePurpose) => Promise<Engine>;
