import { decodeTransaction, type ExecutionRules, encodeWithdrawal, isActive } from '@heddle/primitives';
import { BlockExecutor } from '../block-executor.ts';
import { createBlockRunner } from '../block-runner.ts';
import type { BlockEnvironment, CreateEngine, Engine } from '../engine.ts';
import { blockFault } from '../errors.ts';
import type { BlockResult, Executor } from '../executor-api.ts';
import type { BlockFigures } from '../figures.ts';
import { createLonePool } from '../lone-pool.ts';
import { serialFigures } from '../serial-figures.ts';
import { type Core, instantiateCore, loadSharedCore } from '../shared-memory/core.ts';
import { FlatCache } from '../shared-memory/flat-cache.ts';
import { createRecentHashes } from '../shared-memory/recent-hashes.ts';
import type { StateReader } from '../state/state-diff.ts';
import { orderedTrieRoot } from '../trie/ordered-trie-root.ts';
import type { StateTrie } from '../trie/state-trie.ts';
import type { PlainBlock } from './block-outputs.ts';
import { buildPlainly } from './build-plainly.ts';
import { executePlainly, type PlainRequest } from './execute-plainly.ts';
import { createPlainState } from './plain-state.ts';
import type { ReadBlockHash } from './reader-access.ts';

/** What a plain executor stands on. */
export interface PlainExecutorOptions {
  readonly rules: ExecutionRules;
  readonly createEngine: CreateEngine;
  readonly state: StateReader;
  readonly trie: StateTrie;
  readonly readBlockHash: ReadBlockHash;
  /** Whether what blocks read of `state` is kept for the next ones: `apply` must then tell of each move. Default: no. */
  readonly keepsState?: boolean;
}

/** An executor that runs one transaction after another on the calling thread. */
export interface PlainExecutor extends Executor {
  /** The state has moved otherwise than {@link Executor.apply} tells: what is known of the old one goes. */
  forgetState(): void;
}

/**
 * An executor without workers: transaction after transaction, on the calling thread. An engine that runs on the core does so,
 * where no read is noted; any other reads and writes a state of maps.
 */
export async function createPlainExecutor(options: PlainExecutorOptions): Promise<PlainExecutor> {
  const core = instantiateCore(await loadSharedCore(), 0);
  const engine = await options.createEngine(options.rules, { core: core.steps });
  return engine.runOnCore === undefined ? byHost(options, engine) : onCore(options, core, engine);
}

function onCore(options: PlainExecutorOptions, core: Core, engine: Engine): PlainExecutor {
  const { rules, state: reader, trie, readBlockHash, keepsState = false } = options;
  const pool = createLonePool(core);
  const cache = keepsState ? new FlatCache(core, reader) : undefined;
  const runBlock = createBlockRunner({ core, engine, reader, pool, cache, isSerial: true });
  const recentHashes = createRecentHashes(readBlockHash);
  return new BlockExecutor({ workerCount: 1, rules, core, pool, trie, cache, runBlock, recentHashes });
}

function byHost(options: PlainExecutorOptions, engine: Engine): PlainExecutor {
  return {
    workerCount: 1,
    async build(request) {
      const { environment } = request;
      const startedMs = performance.now();
      const now = () => performance.now();
      const outcome = await buildPlainly(engine, { ...request, now }, newState(options));
      if (outcome.status === 'cancelled') return outcome;
      const run = { engine: engine.name, wallMs: performance.now() - startedMs };
      const result = await blockResult(options, environment, outcome, run);
      return { status: 'built', result, leftOut: outcome.leftOut };
    },
    async execute({ environment, transactions, cancel }) {
      const startedMs = performance.now();
      const prepared = transactions.map(({ raw, sender }) => ({ transaction: decodeTransaction(raw), sender }));
      const request = { environment, transactions: prepared, cancel, ...rootsBefore(options) };
      try {
        const outcome = await executePlainly(engine, request, newState(options));
        if (outcome.status !== 'executed') return outcome;
        const run = { engine: engine.name, wallMs: performance.now() - startedMs };
        const result = await blockResult(options, environment, outcome, run);
        return { status: 'executed', result };
      } catch (error) {
        return { status: 'invalid', transactionIndex: transactions.length, reason: blockFault(error) };
      }
    },
    apply: (stateRoot) => options.trie.apply(stateRoot),
    forgetState: () => undefined,
    metrics: () => ({}),
    close: async () => undefined,
  };
}

function newState({ state, readBlockHash, rules }: PlainExecutorOptions) {
  return createPlainState(state, readBlockHash, rules.fork);
}

/** Receipts hold roots before Byzantium (EIP-658). */
function rootsBefore({ rules, trie }: PlainExecutorOptions): Pick<PlainRequest, 'rootOf'> {
  return isActive(rules.fork, 'byzantium') ? {} : { rootOf: (diff) => trie.root(diff) };
}

async function blockResult(
  { trie }: PlainExecutorOptions,
  environment: BlockEnvironment,
  block: PlainBlock,
  { engine, wallMs }: Pick<BlockFigures, 'engine' | 'wallMs'>,
): Promise<BlockResult> {
  const { receipts, receiptsRoot, gasUsed, logsBloom, requestsHash, diff } = block;
  const transactions = block.transactions.map(({ raw }) => raw);
  return {
    transactions,
    receipts,
    gasUsed,
    logsBloom,
    requestsHash,
    diff,
    stateRoot: await trie.root(diff),
    transactionsRoot: orderedTrieRoot(transactions),
    receiptsRoot,
    withdrawalsRoot: orderedTrieRoot(environment.withdrawals.map(encodeWithdrawal)),
    figures: serialFigures({ engine, transactionCount: transactions.length, gas: Number(gasUsed), wallMs }),
  };
}
