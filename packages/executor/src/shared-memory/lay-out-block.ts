import { type ExecutionRules, type Fork, isActive } from '@heddle/primitives';
import type { SenderTransaction } from '../executor-api.ts';
import type { StateDiff } from '../state/state-diff.ts';
import { type BlockContext, encodeBlockContext } from './block-context.ts';
import { type Core, PAGE_SIZE_BYTES } from './core.ts';

/** What only a build has. */
export interface BuildLimits {
  readonly sizeLimitBytes: number;
  /** Of the shared clock, milliseconds. */
  readonly deadline: number;
  readonly timeBudgetMs: number;
}

/** A block to run: given, or to be built within `limits`. */
export interface BlockJob {
  readonly context: BlockContext;
  readonly transactions: readonly SenderTransaction[];
  readonly limits: BuildLimits | undefined;
  readonly rules: ExecutionRules;
}

/** Transactions ahead of the frontier that may be run speculatively: for each worker, and at least. */
const WINDOW_PER_WORKER = 32;
const MINIMUM_WINDOW = 64;
/** Gas for whose worst use there is memory at most: beyond it a block that uses all of its gas for storage may not run. */
const MAX_GAS_OF_MEMORY = 600_000_000;
/** The same for what is preloaded. */
const MAX_GAS_OF_PRELOADING = 100_000_000;

/** With what a block is run. */
export interface BlockForces {
  readonly workerCount: number;
  /** Changes that are preloaded before the block begins. */
  readonly pending: readonly StateDiff[];
  /** See {@link ExecutorOptions.speculatesFirst}. Default: no. */
  readonly speculatesFirst?: boolean;
  /** See {@link BlockRunnerParts.isSerial}. Default: no. */
  readonly isSerial?: boolean;
}

/** Memory follows gas, a byte for each: what is preloaded counts as if the block paid for it. */
const GAS_PER_LOCATION = 1_900;
const GAS_PER_CODE = 128;

/** Puts `job` into the shared memory, which grows if it must. All other workers are parked. */
export function layOutBlock(core: Core, job: BlockJob, forces: BlockForces): void {
  const { layout, memory, steps } = core;
  const { workerCount, pending, speculatesFirst = false, isSerial = false } = forces;
  const { environment } = job.context;
  const { transactionGasCap } = job.rules; // EIP-7825
  const context = encodeBlockContext(job.context);
  const gasLimit = Number(environment.gasLimit);
  const count = job.transactions.length;
  let payloadSize = context.length + 16;
  for (const { raw } of job.transactions) payloadSize += raw.length + 20;
  const spendable = Math.min(gasLimit, MAX_GAS_OF_MEMORY, count * Number(transactionGasCap ?? gasLimit));
  const gas = spendable + gasOf(pending);
  memory.reach(steps.memoryNeeded(count, payloadSize, gas), PAGE_SIZE_BYTES);
  const mode = job.limits === undefined ? layout.MODE_EXECUTE : layout.MODE_BUILD;
  const window = Math.max(MINIMUM_WINDOW, WINDOW_PER_WORKER * workerCount);
  steps.beginBlock(mode, environment.number, count, payloadSize, gasLimit, gas, window);
  if (job.limits !== undefined) {
    const { sizeLimitBytes, deadline, timeBudgetMs } = job.limits;
    steps.limitBuild(sizeLimitBytes, deadline, timeBudgetMs);
  }
  memory.setU32(layout.SPECULATES_FIRST, speculatesFirst ? workerCount : 0);
  memory.setU32(layout.IS_SERIAL, isSerial ? 1 : 0);
  memory.setU32(layout.TRANSFER_TYPES, transferTypes(job.rules.fork));
  memory.setU64(layout.CHAIN_ID, BigInt(job.rules.chainId));
  memory.setF64(layout.TRANSACTION_GAS_CAP, Number(transactionGasCap ?? Infinity));
  memory.setWord(layout.BASE_FEE, environment.baseFeePerGas);
  for (const [tx, { raw, sender }] of job.transactions.entries()) {
    const place = steps.addTransaction(tx, raw.length, raw.length);
    memory.setHex(place, sender);
    memory.set(place + 20, raw);
  }
  const place = steps.allocate(context.length);
  memory.set(place, context);
  memory.setU32(layout.ENVIRONMENT, place);
  memory.setU32(layout.ENVIRONMENT_SIZE, context.length);
}

/** Whether there is memory for as much as that; else only a thread that has no need of it may run the block. */
export function canPreload(pending: readonly StateDiff[]): boolean {
  return gasOf(pending) <= MAX_GAS_OF_PRELOADING;
}

/** The highest type of transaction that the core may run by itself as a plain transfer; -1: none. */
function transferTypes(fork: Fork): number {
  if (isActive(fork, 'london')) return 2;
  if (isActive(fork, 'berlin')) return 1;
  return -1; // before, other rules hold for chain ids and for empty accounts
}

function gasOf(diffs: readonly StateDiff[]): number {
  return diffs.reduce((sum, diff) => sum + gasOfOne(diff), 0);
}

function gasOfOne({ accounts, slots, codes }: StateDiff): number {
  let locations = accounts.size + slots.size; // an account of which only slots changed is preloaded too
  for (const changes of slots.values()) locations += changes.size;
  let gas = locations * GAS_PER_LOCATION;
  for (const code of codes.values()) gas += code.length + GAS_PER_CODE;
  return gas;
}
