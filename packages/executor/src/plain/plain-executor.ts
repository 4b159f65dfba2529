import { decodeTransaction, type ExecutionRules, encodeWithdrawal, isActive } from '@heddle/primitives';
import type { BlockEnvironment, CreateEngine } from '../engine.ts';
import { blockFault } from '../errors.ts';
import type { BlockResult, Executor } from '../executor-api.ts';
import type { BlockFigures, ParallelismBound } from '../figures.ts';
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
}

/** An executor without versions, workers or scheduler: transaction after transaction, on the calling thread. */
export async function createPlainExecutor(options: PlainExecutorOptions): Promise<Executor> {
  const engine = await options.createEngine(options.rules);
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
    transactionsRoot: await orderedTrieRoot(transactions),
    receiptsRoot,
    withdrawalsRoot: await orderedTrieRoot(environment.withdrawals.map(encodeWithdrawal)),
    figures: serialFigures({ engine, transactionCount: transactions.length, gas: Number(gasUsed), wallMs }),
  };
}

/** Plain execution does not know what depends on what: it claims no parallelism. */
function serialFigures({
  gas,
  ...figures
}: Pick<BlockFigures, 'engine' | 'transactionCount' | 'wallMs'> & { readonly gas: number }): BlockFigures {
  const { transactionCount, wallMs } = figures;
  const serial = (t1: number): ParallelismBound => {
    return { t1, tInf: t1, bound: { 2: 1, 4: 1, 8: 1, 16: 1, unlimited: 1 } };
  };
  return {
    ...figures,
    workers: 1,
    byGas: serial(gas),
    byTime: serial(wallMs),
    runsPerWorker: [transactionCount],
    incarnations: transactionCount,
    reExecutions: 0,
    hot: [],
  };
}
