import { type Address, encodeWithdrawal, type Hash, keccak256Hex, type TransactionType } from '@heddle/primitives';
import type { BlockAccesses } from './block-limits.ts';
import type { FinishedBlock } from './block-runner.ts';
import type { BlockResult, LeftOutCandidate, SenderTransaction } from './executor-api.ts';
import type { BlockFigures } from './figures.ts';
import { hotLocations, parallelismBound } from './figures-path.ts';
import { PathFinder } from './path-finder.ts';
import { GAS_LIMIT_REACHED } from './plain/execute-plainly.ts';
import { serialFigures } from './serial-figures.ts';
import { committedDiff } from './shared-memory/committed-diff.ts';
import { readRow, readRowFault } from './shared-memory/rows.ts';
import { locationNames, trueAccesses, trueDependencies } from './shared-memory/true-dependencies.ts';
import { orderedTrieRoot } from './trie/ordered-trie-root.ts';
import { blockReceipts } from './trie/receipts-root.ts';
import type { StateTrie } from './trie/state-trie.ts';

/** Everything that the block which has just run yields. `knownRoot`: of its transactions, where somebody has it. */
export async function summarizeBlock(block: FinishedBlock, trie: StateTrie, knownRoot?: Hash): Promise<BlockResult> {
  const { core, committed, results, job } = block;
  const { environment } = job.context;
  const count = job.transactions.length;
  const system = [readRow(core, count), readRow(core, count + 1)];
  const diff = committedDiff(core, [...system, ...committed], environment.number);
  const transactions = committed.map(({ tx }) => (job.transactions[tx] as SenderTransaction).raw);
  const heads = committed.map(({ gasUsed }, index) => ({ type: typeOf(transactions[index]), gasUsed }));
  const transactionsRoot = once(() => knownRoot ?? orderedTrieRoot(transactions));
  const receipts = once(() => blockReceipts(heads, results));
  const figures = once(() => blockFigures(block));
  // What takes longest comes beside the phase of the tries that does, the second.
  const stateRoot = await trie.root(diff, [transactionsRoot, receipts, figures]);
  return {
    transactions,
    ...receipts(),
    stateRoot,
    transactionsRoot: transactionsRoot(),
    withdrawalsRoot: orderedTrieRoot(environment.withdrawals.map(encodeWithdrawal)),
    requestsHash: block.requestsHash,
    diff,
    figures: figures(),
  };
}

/** `make`, which is called at the first time alone. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

type Refusal = Pick<LeftOutCandidate, 'why' | 'reason'>;

/** The candidates that are not in the block that was built, and why. */
export function leftOutCandidates(
  block: Pick<FinishedBlock, 'core' | 'rows' | 'committed' | 'job'>,
): LeftOutCandidate[] {
  const { core, rows, committed, job } = block;
  const { layout } = core;
  const held = new Set<Address>();
  let isMemoryUsed = committed.length > 0;
  const refusals: Readonly<Record<number, Refusal>> = {
    [layout.VERDICT_GAS]: { why: 'unfit', reason: GAS_LIMIT_REACHED },
    [layout.VERDICT_SIZE]: { why: 'unfit', reason: 'block size limit reached' },
    [layout.VERDICT_TIME]: { why: 'unfit', reason: 'the block build time ran out' },
    [layout.VERDICT_TOO_SLOW]: { why: 'too-slow', reason: 'transaction exceeds the block build time' },
  };
  const refusalOf = (tx: number, verdict: number, sender: Address): Refusal => {
    const refusal = refusals[verdict];
    if (refusal !== undefined) return refusal;
    const reason = readRowFault(core, tx);
    if (verdict === layout.VERDICT_FAILED) return { why: 'failed', reason };
    if (verdict !== layout.VERDICT_MEMORY) return invalid(reason, held.has(sender));
    const why = isMemoryUsed ? 'unfit' : 'failed'; // where others have used it up, the next block may do
    isMemoryUsed = true;
    return { why, reason };
  };
  const leftOut: LeftOutCandidate[] = [];
  for (const { tx, verdict } of rows) {
    if (verdict === layout.VERDICT_COMMITTED) continue;
    const { raw, sender } = job.transactions[tx] as SenderTransaction;
    leftOut.push({ hash: keccak256Hex(raw), ...refusalOf(tx, verdict, sender) });
    held.add(sender);
  }
  return leftOut;
}

/** Behind a transaction of the sender that is left out, a later nonce is not wrong, only early. */
function invalid(reason: string, isBehindOther: boolean): Refusal {
  return { why: isBehindOther && reason.startsWith('nonce too high') ? 'unfit' : 'invalid', reason };
}

function blockFigures({ engine, core, committed, isSerial, workerCount, wallMs }: FinishedBlock): BlockFigures {
  if (isSerial) {
    const gas = committed.reduce((sum, { gasUsed }) => sum + gasUsed, 0);
    return serialFigures({ engine, transactionCount: committed.length, gas, wallMs });
  }
  const { heads, ...dependencies } = trueDependencies(core, committed);
  const finder = new PathFinder(dependencies);
  // After a death the workers that take part are not the first ones.
  const places = committed.reduce((most, { lastWorker }) => Math.max(most, lastWorker + 1), workerCount);
  const runsPerWorker = new Array<number>(places).fill(0);
  let incarnations = 0;
  for (const { lastWorker, runs } of committed) {
    runsPerWorker[lastWorker] = (runsPerWorker[lastWorker] ?? 0) + 1;
    incarnations += runs;
  }
  return {
    engine,
    workers: workerCount,
    transactionCount: committed.length,
    byGas: parallelismBound(finder, 'gas'),
    byTime: parallelismBound(finder, 'timeNs'),
    runsPerWorker,
    incarnations,
    reExecutions: incarnations - committed.length,
    wallMs,
    hot: hotLocations(finder, locationNames(core, heads)),
  };
}

/** What the transactions of the block read and changed, with names for the locations. */
export function blockAccesses({ core, committed }: FinishedBlock): BlockAccesses {
  const { heads, ...transactions } = trueAccesses(core, committed);
  const { nameOf } = locationNames(core, heads);
  const locations = heads.map((_, location) => nameOf(location));
  const most = core.layout.MAX_SPECULATIVE_RUNS;
  const deferrals = committed.filter(({ runs, wasDeferred }) => wasDeferred || runs > most).length;
  return { transactions, locations, deferrals };
}

function typeOf(raw: Uint8Array | undefined): TransactionType {
  const first = raw?.[0] ?? 0;
  return first >= 0xc0 ? 0 : (first as TransactionType);
}
