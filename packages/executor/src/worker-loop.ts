import {
  type Address,
  type Authorization,
  assert,
  decodeTransaction,
  type Hash,
  HeddleError,
} from '@heddle/primitives';
import { sharedNow } from './clock.ts';
import {
  type CoreHost,
  type CoreStop,
  type Engine,
  type ExecutedTransaction,
  type LogsOf,
  type PreparedTransaction,
  RunAbandoned,
  type RunOutcome,
  type WriteSet,
} from './engine.ts';
import { executionFailed, explain } from './errors.ts';
import { type BlockContext, readBlockContext } from './shared-memory/block-context.ts';
import { CodeCache } from './shared-memory/code-cache.ts';
import type { Core } from './shared-memory/core.ts';
import { type AuthorityNonces, CoreState } from './shared-memory/core-state.ts';
import { handOverCode, handOverWrites } from './shared-memory/publish-writes.ts';
import { encodeRunResult } from './shared-memory/run-result.ts';
import type { StateDiff, StateReader } from './state/state-diff.ts';
import { isOfStore } from './state/state-errors.ts';

/** What a thread runs transactions with. */
export interface WorkerParts {
  readonly core: Core;
  readonly engine: Engine;
  readonly reader: StateReader;
  /** For a fault that a test plants; see {@link CoreStateSources}. */
  readonly authorityNonces?: AuthorityNonces;
}

/** How a run ended, as the core takes it: `place` and `size` of the result's bytes, `fee` the address of 32 or 0. */
interface RunEnd {
  readonly outcome: number;
  readonly gasUsed: number;
  readonly fee: number;
  readonly place: number;
  readonly size: number;
}

/** A candidate's form is judged before it runs: whatever is wrong with it is wrong everywhere. */
type Prepared = PreparedTransaction | { readonly malformed: string };

/**
 * What one thread does inside a block: asks the core for a transaction, runs it, hands over what it did, until the block
 * has ended. Every thread does the same; the core decides who commits.
 */
export class WorkerLoop implements CoreHost {
  readonly state: CoreState;
  readonly #core: Core;
  readonly #engine: Engine;
  #beneficiary: Address | undefined;
  #cancel: Int32Array | undefined;
  /** Decoded once for all runs of this thread. */
  #prepared: (Prepared | undefined)[] = [];

  constructor({ core, engine, reader, authorityNonces }: WorkerParts) {
    this.#core = core;
    this.#engine = engine;
    this.state = new CoreState(core, { reader, codes: new CodeCache(), now: () => this.now(), authorityNonces });
  }

  /**
   * Takes up the block that is laid out in memory; before the first step in it. Word 0 of `cancel` is read by the thread
   * that has the job, worker 0: not 0 ends the block for all.
   */
  enterBlock(cancel?: Int32Array): BlockContext {
    const { layout, memory, steps } = this.#core;
    memory.refresh(memory.u32(layout.POOL_END));
    if (this.#core.workerIndex !== 0) steps.enterBlock();
    const context = readBlockContext(this.#core);
    this.#cancel = cancel;
    this.#prepared = [];
    this.#beneficiary = context.environment.beneficiary;
    this.state.beginBlock(context.hashes);
    this.#engine.beginBlock(context.environment);
    return context;
  }

  /** Runs transactions until the block has ended. `idle` is called whenever there was nothing to do for about 2 ms. */
  async runTransactions(idle?: () => Promise<void> | void): Promise<void> {
    const { layout, steps } = this.#core;
    // These faults, which tests plant, are the host's: then nothing runs without it.
    const faults = [layout.MUTATION_READ_FEE, layout.MUTATION_ASSUME_AUTHORITY_NONCE];
    const runOnCore = faults.some((fault) => steps.planted(fault) !== 0) ? undefined : this.#engine.runOnCore;
    for (;;) {
      this.state.beginRun(undefined);
      const stop = runOnCore === undefined ? this.#runTransfers() : runOnCore(this);
      if (stop.status === 'stopped') return;
      if (stop.status === 'idle') await idle?.();
      else if (stop.status === 'for-host') await this.#run(stop.tx);
      else if (stop.status === 'failed') this.#abandon(stop.error);
      else {
        this.state.endRun({ isStarved: stop.status === 'starved' });
        this.#abandon(undefined);
      }
    }
  }

  /** The clock for an engine on the core, and for the core's looks at the run that this thread is in. */
  now(): number {
    this.#heedCancel();
    return sharedNow();
  }

  loadAccountBase(entry: number): void {
    this.state.locations.loadAccountBase(entry);
  }

  loadSlotBase(head: number): void {
    this.state.locations.loadSlotBase(head);
  }

  authorizations(tx: number): readonly Authorization[] | undefined {
    const prepared = this.#prepare(tx);
    return 'malformed' in prepared ? undefined : prepared.transaction.authorizationList;
  }

  publishCode(codeHash: Hash, code: Uint8Array): void {
    if (!handOverCode(this.#core, codeHash, code)) this.state.starve();
  }

  /** The beneficiary's entry, its balance loaded: fees are added there. */
  nameBeneficiary(address: Address): void {
    this.#core.steps.setBeneficiary(this.state.locations.account(address));
  }

  /** Puts what `diff` changed into memory as this thread reads it, for those that would not find it; worker 0 alone. */
  preload({ accounts, slots, codes }: StateDiff): void {
    const { locations } = this.state;
    for (const address of accounts.keys()) locations.account(address);
    for (const [address, changes] of slots) for (const slot of changes.keys()) locations.slotHead(address, slot);
    for (const [hash, code] of codes) {
      assert(handOverCode(this.#core, hash, code), 'the block was laid out with room for what is preloaded');
    }
  }

  /** Runs the system calls before the first transaction and commits them; worker 0 alone. */
  async runBlockStart(): Promise<void> {
    const { layout, memory } = this.#core;
    const tx = layout.TX_BLOCK_START;
    await this.#runSystem({ tx, row: memory.u32(layout.TX_COUNT) }, () => this.#engine.runBlockStart(this.state));
  }

  /** Runs what comes after the last transaction and commits it; worker 0 alone. */
  async runBlockEnd(logsOf: LogsOf): Promise<Hash> {
    const { layout, memory } = this.#core;
    const tx = memory.u32(layout.TX_COUNT);
    let requestsHash: Hash | undefined;
    await this.#runSystem({ tx, row: tx + 1 }, async () => {
      const end = await this.#engine.runBlockEnd(this.state, logsOf);
      requestsHash = end.requestsHash;
      return end.writes;
    });
    assert(requestsHash !== undefined, 'the block end gives the hash of its requests');
    return requestsHash;
  }

  async #runSystem(place: { tx: number; row: number }, run: () => Promise<WriteSet>): Promise<void> {
    const { steps } = this.#core;
    steps.beginSystemRun(place.tx, place.row);
    this.state.beginRun(undefined);
    const writes = await run().catch(failSystemCalls);
    const isHandedOver = handOverWrites(this.#core, this.state.locations, place.tx, writes);
    assert(isHandedOver && steps.commitSystemRun() !== 0, 'the reserve holds the writes of system calls');
  }

  /** Runs plain transfers until something else comes. */
  #runTransfers(): CoreStop {
    const { layout, steps } = this.#core;
    for (;;) {
      this.state.beginRun(undefined);
      const tx = steps.next(this.now());
      if (tx === layout.TASK_STOP) return { status: 'stopped' };
      if (tx === layout.TASK_NONE) return { status: 'idle' };
      if (!this.#runTransfer()) return { status: 'for-host', tx };
    }
  }

  async #run(tx: number): Promise<void> {
    const { steps, layout } = this.#core;
    const prepared = this.#prepare(tx);
    let end: RunEnd | undefined;
    if ('malformed' in prepared) {
      end = this.#storeResult(layout.OUTCOME_INVALID, Buffer.from(prepared.malformed, 'utf8'));
    } else {
      this.state.beginRun(prepared.transaction);
      if (steps.describe(Number(prepared.transaction.gasLimit)) === 0) {
        steps.abandonRun(sharedNow());
        return;
      }
      try {
        const outcome = await this.#engine.runTransaction(prepared, this.state, this.state);
        end = this.#handOver(tx, outcome);
      } catch (error) {
        this.#abandon(error);
        return;
      }
    }
    // Not caught: a thread that fails while it publishes holds locks. It must end, so that the others hear of it.
    if (end === undefined) this.#abandon(undefined);
    else steps.finishRun(end.outcome, end.gasUsed, end.fee, end.place, end.size, sharedNow());
  }

  /** Lets the core run what is a plain transfer; false: it takes an engine. */
  #runTransfer(): boolean {
    const { layout, steps } = this.#core;
    for (;;) {
      const step = steps.runTransfer(sharedNow()); // not caught either: it publishes, too
      if (step === layout.TRANSFER_OVER) return true;
      if (step === layout.TRANSFER_OTHER) return false;
      try {
        this.loadAccountBase(step);
      } catch (error) {
        this.#abandon(error);
        return true;
      }
    }
  }

  #heedCancel(): void {
    const { layout, steps } = this.#core;
    if (this.#cancel !== undefined && Atomics.load(this.#cancel, 0) !== 0) steps.stopBlock(layout.STOP_CANCELLED);
  }

  #prepare(tx: number): Prepared {
    const known = this.#prepared[tx];
    if (known !== undefined) return known;
    const { layout, memory, steps } = this.#core;
    const row = steps.rowAt(tx);
    const raw = memory.copy(memory.u32(row + layout.ROW_PAYLOAD), memory.u32(row + layout.ROW_PAYLOAD_SIZE));
    const prepared = decode(raw, memory.address(memory.u32(row + layout.ROW_SENDER)));
    this.#prepared[tx] = prepared;
    return prepared;
  }

  /** What the run leaves, in the block's memory but seen by nobody yet. Undefined: abandoned, or the memory is short. */
  #handOver(tx: number, outcome: RunOutcome): RunEnd | undefined {
    const { layout, memory, steps } = this.#core;
    if (outcome.status === 'abandoned') return undefined;
    if (outcome.status === 'invalid') {
      return this.#storeResult(layout.OUTCOME_INVALID, Buffer.from(outcome.reason, 'utf8'));
    }
    const { writes, feeCredit } = this.#chargedWrites(outcome);
    if (!handOverWrites(this.#core, this.state.locations, tx, writes)) return undefined;
    let fee = 0;
    if (feeCredit > 0n) {
      fee = steps.allocate(32);
      if (fee === 0) return undefined;
      memory.setWord(fee, feeCredit);
    }
    const result = this.#storeResult(layout.OUTCOME_EXECUTED, encodeRunResult(outcome));
    return result && { ...result, gasUsed: Number(outcome.gasUsed), fee };
  }

  #storeResult(outcome: number, result: Uint8Array): RunEnd | undefined {
    const { memory, steps } = this.#core;
    const place = steps.allocate(Math.max(result.length, 1));
    if (place === 0) return undefined;
    memory.set(place, result);
    return { outcome, gasUsed: 0, fee: 0, place, size: result.length };
  }

  /**
   * Gives a run up. An error on speculative state says nothing (values that never stood together). On final state the
   * transaction cannot be run: a block to build goes on without it; a given one ends, since this node must not guess.
   * There the fault may be of this thread alone, which then ends, so that another tries; worker 0 has the last word.
   * A store that cannot be read ends a block of either kind: the transaction is not to blame.
   */
  #abandon(error: unknown): void {
    const { layout, memory, steps, workerIndex } = this.#core;
    const isStarved = this.state.isStarved();
    const isExpected = this.state.isAbandoned() && !isStarved && (error === undefined || error instanceof RunAbandoned);
    if (isExpected || steps.isFinalRun() === 0) {
      steps.abandonRun(sharedNow());
      return;
    }
    const cause = isStarved ? undefined : error;
    const isBuilding = memory.u32(layout.MODE) === layout.MODE_BUILD;
    if (workerIndex !== 0 && !isBuilding && isPerhapsOfThread(cause)) throw cause;
    steps.forgetRun();
    const starved = { outcome: layout.OUTCOME_STARVED, place: 0, size: 0 };
    const { outcome, place, size } = (cause !== undefined && this.#storeError(cause)) || starved;
    steps.finishRun(outcome, 0, 0, place, size, sharedNow());
  }

  /** Why it cannot be run, in words for the log. Undefined: the memory is short. */
  #storeError(error: unknown): RunEnd | undefined {
    const { layout } = this.#core;
    const text = Buffer.from(explain(error), 'utf8').subarray(0, MAX_EXPLANATION_BYTES);
    return this.#storeResult(isOfStore(error) ? layout.OUTCOME_UNREADABLE : layout.OUTCOME_FAILED, text);
  }

  /** What is handed over; with a fault that a test plants, the fee is an ordinary read and write. */
  #chargedWrites(outcome: ExecutedTransaction): Pick<ExecutedTransaction, 'writes' | 'feeCredit'> {
    const { layout, steps } = this.#core;
    const address = this.#beneficiary;
    if (steps.planted(layout.MUTATION_READ_FEE) === 0 || address === undefined) return outcome;
    const accounts = new Map(outcome.writes.accounts);
    const own = accounts.get(address);
    const before = own?.balance ?? this.state.readAccount(address)?.balance ?? 0n;
    accounts.set(address, { ...own, balance: before + outcome.feeCredit });
    return { writes: { ...outcome.writes, accounts }, feeCredit: 0n };
  }
}

const MAX_EXPLANATION_BYTES = 4_096;

function decode(raw: Uint8Array, sender: Address): Prepared {
  try {
    return { transaction: decodeTransaction(raw), sender };
  } catch (error) {
    if (error instanceof HeddleError) return { malformed: error.message };
    throw error;
  }
}

/** System calls have no other try: what ends the run of a transaction is a fault of this node here. */
function failSystemCalls(error: unknown): never {
  throw error instanceof RunAbandoned ? executionFailed(`system calls: ${error.message}`) : error;
}

/** Not where memory runs out: it is as short for every other thread. */
function isPerhapsOfThread(error: unknown): boolean {
  return error !== undefined && !(error instanceof HeddleError && error.code === 'EVM_MEMORY_EXHAUSTED');
}
