import type { Fork } from '@heddle/primitives';
import type { SenderTransaction } from '../../src/executor-api.ts';
import type { BlockJob } from '../../src/shared-memory/lay-out-block.ts';
import { createOracle, type Oracle } from '../parallel/oracle.ts';
import { RULES } from '../parallel/test-chain.ts';
import { type Trap, trapAlloc, trapBlock } from '../parallel/trap-world.ts';
import { blockJob, type JobKind } from './block-jobs.ts';
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
