import type { Fork } from '@heddle/primitives';
import { ZERO_HASH } from '@heddle/primitives';
import type { FinishedBlock } from '../../src/block-runner.ts';
import { summarizeBlock } from '../../src/block-summary.ts';
import type { BlockEnvironment } from '../../src/engine.ts';
import type { BlockResult, SenderTransaction } from '../../src/executor-api.ts';
import type { BlockJob } from '../../src/shared-memory/lay-out-block.ts';
import type { StateTrie } from '../../src/trie/state-trie.ts';
import { createOracle, type Oracle } from '../parallel/oracle.ts';
import { blockHashOf, RULES } from '../parallel/test-chain.ts';
import { type Trap, trapAlloc, trapBlock } from '../parallel/traps.ts';
import { createScheduledBlocks, type ScheduledBlocks } from './scheduled-blocks.ts';

/** Threads with the engine under test on the states of all traps, and an oracle for each fork. */
export interface TrapWorlds {
  readonly blocks: ScheduledBlocks;
  oracle(fork: Fork): Oracle;
  /** The fork's place among the worlds of blocks. */
  world(fork: Fork): number;
}

/** Shanghai is the last fork in which contracts that are destroyed lose their storage (EIP-6780). */
const FORKS: readonly Fork[] = ['osaka', 'shanghai'];

/** Starts `workers` threads for the traps. */
export async function createTrapWorlds(workers: number): Promise<TrapWorlds> {
  const worlds = FORKS.map((fork) => ({ state: { alloc: trapAlloc(fork) }, rules: { ...RULES, fork } }));
  const blocks = await createScheduledBlocks({ workers, worlds });
  const oracles = await Promise.all(worlds.map(({ rules, state }) => createOracle(rules, state.alloc)));
  const world = (fork: Fork) => FORKS.indexOf(fork);
  return { blocks, world, oracle: (fork) => oracles[world(fork)] as Oracle };
}

/** The job of a trap: its candidates to be built, or what stands of them to be executed. */
export function trapJob(trap: Trap, transactions: readonly SenderTransaction[], kind: JobKind): BlockJob {
  return blockJob(trapBlock(trap).environment, transactions, kind);
}

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

/** What the block yields, but for the state root: accounts and slots are compared one by one. */
export function resultOf(block: FinishedBlock): Promise<BlockResult> {
  return summarizeBlock(block, NO_TRIE);
}

const NO_TRIE = { root: async () => ZERO_HASH } as unknown as StateTrie;

/** Everything of a result that validators must agree on, in one line for comparison. */
export function digest({ receipts, diff, transactions }: BlockResult): string {
  const plain = {
    transactions: transactions.length,
    receipts,
    accounts: [...diff.accounts].sort(byKey),
    slots: [...diff.slots].sort(byKey).map(([address, slots]) => [address, [...slots].sort(byKey)]),
    codes: [...diff.codes.keys()].sort(),
  };
  return JSON.stringify(plain, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
