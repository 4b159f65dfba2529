import { bytesToHex, EMPTY_BYTES, ZERO_HASH } from '@heddle/primitives';
import { expect } from 'vitest';
import type { FinishedBlock } from '../../src/block-runner.ts';
import { summarizeBlock } from '../../src/block-summary.ts';
import type { BlockEnvironment } from '../../src/engine.ts';
import type { BlockResult, SenderTransaction } from '../../src/executor-api.ts';
import { committedDiff } from '../../src/shared-memory/committed-diff.ts';
import type { BlockJob } from '../../src/shared-memory/lay-out-block.ts';
import { readRow } from '../../src/shared-memory/rows.ts';
import type { StateTrie } from '../../src/trie/state-trie.ts';
import { blockHashOf, RULES } from '../parallel/test-chain.ts';
import type { ScheduledRun } from './scheduled-blocks.ts';

/** Whether a job's transactions are candidates, or all stand. */
export type JobKind = 'build' | 'execute';

/** The job of `transactions` in the block after genesis. */
export function blockJob(
  environment: BlockEnvironment,
  transactions: readonly SenderTransaction[],
  kind: JobKind,
): BlockJob {
  const bytes = Uint8Array.from(Buffer.from(blockHashOf(0).slice(2), 'hex'));
  return {
    context: { environment, hashes: { parentNumber: 0, bytes } },
    transactions,
    limits: kind === 'build' ? { sizeLimitBytes: 1 << 20, deadline: Infinity, timeBudgetMs: Infinity } : undefined,
    rules: RULES,
  };
}

/** A block that must have come to its end; `where` it was run is said if it has not. */
export function finished({ fault, block }: ScheduledRun, where: string): FinishedBlock {
  if (fault !== undefined) expect.fail(`${where}: ${fault}`);
  if (block instanceof Error) throw new Error(where, { cause: block });
  if (block.status !== 'done') expect.fail(`${where}: ${JSON.stringify(block)}`);
  return block;
}

/** What a block that must have come to its end yields. See {@link finished} and {@link resultOf}. */
export function resultAfter(run: ScheduledRun, where: string): Promise<BlockResult> {
  return resultOf(finished(run, where));
}

/** What the block yields, but for the state root: accounts and slots are compared one by one. */
export function resultOf(block: FinishedBlock): Promise<BlockResult> {
  return summarizeBlock(block, NO_TRIE);
}

const NO_TRIE = { root: async () => ZERO_HASH } as unknown as StateTrie;

/** Everything of which what validators must agree on is made, in one line for comparison. */
export function digest({ core, committed, job, results, requestsHash }: FinishedBlock): string {
  const count = job.transactions.length;
  const system = [readRow(core, count), readRow(core, count + 1)];
  const diff = committedDiff(core, [...system, ...committed], job.context.environment.number);
  const plain = {
    transactions: committed.map(({ tx, gasUsed }) => [bytesToHex(job.transactions[tx]?.raw ?? EMPTY_BYTES), gasUsed]),
    results: bytesToHex(results),
    requestsHash,
    accounts: [...diff.accounts].sort(byKey),
    slots: [...diff.slots].sort(byKey).map(([address, slots]) => [address, [...slots].sort(byKey)]),
    codes: [...diff.codes.keys()].sort(),
  };
  return JSON.stringify(plain, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
