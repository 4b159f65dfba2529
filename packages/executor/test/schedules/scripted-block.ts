import type { Address } from '@heddle/primitives';
import { GWEI, signedTransaction, testAccount } from '@heddle/testkit';
import type { BlockJob } from '../../src/shared-memory/lay-out-block.ts';
import { environment, RULES } from '../parallel/test-chain.ts';
import type { ScheduledBlocks, ScheduledRun } from './scheduled-blocks.ts';
import { gasOf, runScript, SCRIPTED, type Script, type ScriptOutcome, slotName, wordOf } from './scripted-engine.ts';

/** One transaction of a scripted block. */
export interface ScriptedTransaction {
  readonly script: Script;
  readonly gasLimit?: number;
  /** Transactions of different kinds call different accounts. Default: 0. */
  readonly kind?: number;
  /** What else its envelope has, as a type of its own. Default: that of EIP-1559. */
  readonly envelope?: Parameters<typeof signedTransaction>[1];
}

/** A block of scripts; `builds`: from candidates, of which some may be left out. */
export interface ScriptedBlock {
  readonly transactions: readonly ScriptedTransaction[];
  readonly slots: readonly bigint[];
  readonly builds?: boolean;
  readonly gasLimit?: number;
}

const SENDER = testAccount(0, 'scripts');
const GAS_LIMIT = 30_000;

/** What a scripted block comes to when it is run serially, in one line for comparison. */
export function expectedOf(block: ScriptedBlock): string {
  const slots = [...block.slots];
  let gasLeft = BigInt(block.gasLimit ?? 10_000_000);
  const fates = block.transactions.map(({ script, gasLimit = GAS_LIMIT }) => {
    if (BigInt(gasLimit) > gasLeft) return 'gas';
    const outcome = runOrFail(script, slots);
    if (outcome === 'failed') return outcome;
    if (outcome.status !== 'executed') return outcome.status;
    if (outcome.wiped) slots.fill(0n);
    for (const [slot, value] of outcome.written) slots[slot] = value;
    gasLeft -= gasOf(outcome.steps);
    return `${gasOf(outcome.steps)}`;
  });
  const fees = fates.filter((fate) => /^\d+$/.test(fate)).length;
  return describeEnd(fates, slots, BigInt(fees));
}

function runOrFail(script: Script, slots: readonly bigint[]): ScriptOutcome | 'failed' {
  try {
    return runScript(script, { read: (slot) => slots[slot] ?? 0n, isAbandoned: () => false });
  } catch {
    return 'failed';
  }
}

/** The job that runs `block`. */
export function jobOf(block: ScriptedBlock): BlockJob {
  const transactions = block.transactions.map(({ script, gasLimit = GAS_LIMIT, kind = 0, envelope }, nonce) => {
    const data = Buffer.from(JSON.stringify(script), 'utf8');
    const to = calledBy(kind);
    const fields = { to, data, nonce, gasLimit: BigInt(gasLimit), maxFeePerGas: GWEI, ...envelope };
    return { raw: signedTransaction(SENDER, fields).raw, sender: SENDER.address };
  });
  const gasLimit = BigInt(block.gasLimit ?? 10_000_000);
  return {
    context: { environment: environment({ gasLimit }), hashes: { parentNumber: 0, bytes: new Uint8Array(32) } },
    transactions,
    limits: block.builds ? { sizeLimitBytes: 1 << 20, deadline: Infinity, timeBudgetMs: Infinity } : undefined,
    rules: { ...RULES, transactionGasCap: 30_000n },
  };
}

/** Whom a transaction of a kind calls; its script does not care. */
function calledBy(kind: number): Address {
  return kind === 0 ? SCRIPTED : testAccount(kind, 'kinds').address;
}

/** What the last run of `block` came to, to compare with {@link expectedOf}; or what went wrong on the way. */
export function actualOf({ instance }: ScheduledBlocks, run: ScheduledRun, block: ScriptedBlock): string {
  if (run.fault !== undefined) return `the schedule ended in: ${run.fault}`;
  if (run.block instanceof Error) return `the block threw: ${run.block.message}`;
  if (run.block.status !== 'done') return JSON.stringify(run.block);
  const { layout, memory, scratch, steps } = instance.core;
  const left = leftBehind(instance.core, { count: run.block.rows.length, died: run.died });
  if (left !== undefined) return left;
  const fates = run.block.rows.map(({ verdict, gasUsed }) => {
    if (verdict === layout.VERDICT_COMMITTED) return String(gasUsed);
    if (verdict === layout.VERDICT_INVALID) return 'invalid';
    if (verdict === layout.VERDICT_FAILED) return 'failed';
    return verdict === layout.VERDICT_GAS ? 'gas' : `verdict ${verdict}`;
  });
  memory.setHex(scratch, SCRIPTED);
  const account = steps.internAccount(scratch);
  const generation = steps.committedRecord(account + layout.ENTRY_HEADS + layout.FIELD_GENERATION * layout.HEAD_SIZE);
  const slots = block.slots.map((base, slot) => {
    memory.setHex(scratch, slotName(slot));
    const head = steps.internSlot(account, scratch) + layout.ENTRY_HEADS;
    memory.set(scratch + 64, wordOf(base)); // nobody may have asked for it
    steps.publishBase(head, scratch + 64);
    return generation === 0 ? base : memory.word(steps.slotValue(steps.committedRecord(head), generation));
  });
  const beneficiary = memory.u32(layout.BENEFICIARY) + layout.ENTRY_HEADS + layout.FIELD_BALANCE * layout.HEAD_SIZE;
  return describeEnd(fates, slots, memory.word(steps.committedRecord(beneficiary) + layout.RECORD_VALUE));
}

/** (I4, I5) What the living still hold when a block has ended: the frontier's token, a place to wait, a run. */
function leftBehind(
  { layout, memory, steps }: ScheduledBlocks['instance']['core'],
  { count, died }: { readonly count: number; readonly died: number | undefined },
): string | undefined {
  const holder = memory.u32(layout.TOKEN) - 1;
  if (holder >= 0 && holder !== died) return 'the token was not given back';
  if (memory.u32(layout.WAITERS) !== 0 && died === undefined) return 'a worker still counts as waiting';
  for (let tx = 0; tx < count; tx++) {
    const state = memory.u32(steps.rowAt(tx) + layout.ROW_STATUS) & 0xff;
    if (state !== layout.STATE_COMMITTED && state !== layout.STATE_LEFT_OUT)
      return `transaction ${tx} ended as ${state}`;
  }
  return undefined;
}

function describeEnd(fates: readonly string[], slots: readonly bigint[], fees: bigint): string {
  return `${fates.join(' ')} | ${slots.join(' ')} | fees ${fees}`;
}

/** Fills what the last block used of the memory with what no block leaves there: (I5) nobody may still stand on it. */
export function poisonUsed({ instance }: ScheduledBlocks): void {
  const { layout, memory } = instance.core;
  memory.fill(layout.DYNAMIC_START, memory.u32(layout.POOL_TOP) - layout.DYNAMIC_START, 0xa5);
}
