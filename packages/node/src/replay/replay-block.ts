import { type Engine, environmentOf, headState, namedEngine, openStateTrie } from '@heddle/executor';
import { type EngineName, type Hash, hashHeader } from '@heddle/primitives';
import type { ChainConfig } from '../foreign/chain-config.ts';
import { daoForkSweep } from '../foreign/dao-fork.ts';
import { createTemporaryStore, type TemporaryStore } from '../foreign/temporary-store.ts';
import { ancestorHashes } from './block-hashes.ts';
import { type BothRuns, compareBody, compareRuns, differencesOf } from './checks.ts';
import { MeasurementBook, type Measurements } from './measurements.ts';
import { startParallelRuns } from './parallel-runs.ts';
import type { ReplayBlock } from './read-block.ts';
import { blockHashesMissing } from './replay-errors.ts';
import { measuredFigures } from './replay-figures.ts';
import type { Check, MissingState, ReplayReport } from './replay-report.ts';
import type { MissingRead, ReplayState } from './replay-state.ts';
import { type PlainJob, type PlainRun, runPlainly } from './run-plainly.ts';

/** A block to run again. */
export interface ReplayRequest {
  readonly replay: ReplayBlock;
  readonly config: ChainConfig;
  readonly state: ReplayState;
  /** By block number. */
  readonly blockHashes: ReadonlyMap<number, Hash>;
  /** Threads of the parallel run. */
  readonly workers: number;
  /** Cores that the process can count on. */
  readonly cores: number;
  /** How often each way of running the block is timed. */
  readonly repeats: number;
  readonly engine: EngineName;
  /** Told how many of so many rounds, in each of which the block is run each way, are done. */
  readonly onRun?: (done: number, total: number) => void;
}

/** Rounds before those that count, where more than one is asked for: V8 compiles what runs often. */
const WARM_UP_ROUNDS = 1;
/** What a report lists by name. */
const MAX_MISSING_SHOWN = 20;

/**
 * Runs a block of any chain again: plainly, with one worker and with several; compares what comes out with each other and
 * with the header, and says how parallel the block is.
 *
 * @throws HeddleError `REPLAY_BLOCK_HASH_MISSING`; of a witness that lacks something `STATE_TRIE_DAMAGED`,
 * `STATE_CODE_MISSING`
 */
export async function replayBlock(request: ReplayRequest): Promise<ReplayReport> {
  const { replay, state, config, blockHashes } = request;
  const { block, rules, transactions } = replay;
  const { header } = block;
  const hashes = ancestorHashes(header, blockHashes);
  const engine = await namedEngine(request.engine)(rules);
  const job: PlainJob = {
    environment: { ...environmentOf(block), ...daoForkSweep(config, header.number) },
    fork: rules.fork,
    transactions,
    reader: state.reader,
    readBlockHash: hashes.read,
  };
  const first = await runPlainly(engine, { ...job, onStep: (place) => state.at(place) });
  const unknown = hashes.missing();
  if (unknown.length > 0) throw blockHashesMissing(unknown);
  const { outcome } = first;
  if (outcome.status !== 'executed') {
    const where = outcome.status === 'invalid' ? ` ${outcome.transactionIndex}` : '';
    const why = outcome.status === 'invalid' ? outcome.reason : outcome.status;
    const hash = outcome.status === 'invalid' ? transactions[outcome.transactionIndex]?.transaction.hash : undefined;
    const difference = `transaction${where}${hash ? ` (${hash})` : ''} may not stand in the block: ${why}`;
    const checks = compareBody(replay);
    return reportOf(request, { checks, differences: [difference, ...differencesOf(checks, undefined)] });
  }
  const { stateRoot, source, operations } = state.records();
  const trie = openStateTrie(source, stateRoot);
  const plainStateRoot = await trie.root(outcome.diff);
  const store = await createTemporaryStore(operations());
  try {
    const storeJob: PlainJob = { ...job, reader: headState(store.database), readBlockHash: hashes.readAny };
    const measured = await measure(request, { store, stateRoot, plainStateRoot, job: storeJob, first, engine });
    const runs: BothRuns = {
      plain: outcome,
      plainStateRoot,
      parallel: measured.result,
      isProven: state.isProven,
      knowsRequests: state.knowsRequests(),
    };
    const checks = compareRuns(replay, runs);
    const figures = measuredFigures(measured, request);
    return reportOf(request, { checks, differences: differencesOf(checks, runs), figures });
  } finally {
    await store.close();
  }
}

interface Prepared {
  readonly store: TemporaryStore;
  readonly stateRoot: Hash;
  readonly plainStateRoot: Hash;
  readonly job: PlainJob;
  readonly first: PlainRun;
  readonly engine: Engine;
}

/** Round after round, each way once: what slows the machine down for a while slows all of them. */
async function measure(
  { replay, engine: engineName, workers, repeats, onRun = () => undefined }: ReplayRequest,
  { store, stateRoot, plainStateRoot, job, first, engine }: Prepared,
): Promise<Measurements> {
  const setting = { store, stateRoot, rules: replay.rules, engine: engineName, job };
  const one = await startParallelRuns(setting, 1);
  const many = workers === 1 ? one : await startParallelRuns(setting, workers);
  const rounds = repeats === 1 ? 1 : repeats + WARM_UP_ROUNDS;
  const measured = new MeasurementBook(plainStateRoot);
  try {
    for (let round = 0; round < rounds; round++) {
      if (round === WARM_UP_ROUNDS) measured.forgetTimes();
      measured.addPlain(round === 0 ? first : await runPlainly(engine, job));
      measured.addOneWorker(await one.run());
      if (many !== one) measured.addParallel(await many.run());
      onRun(round + 1, rounds);
    }
    return measured.close();
  } finally {
    await one.close();
    if (many !== one) await many.close();
  }
}

function reportOf(
  { replay, state }: ReplayRequest,
  {
    checks,
    differences,
    ...rest
  }: Pick<ReplayReport, 'differences' | 'figures'> & { readonly checks: readonly Check[] },
): ReplayReport {
  const { header } = replay.block;
  return {
    block: {
      number: header.number,
      hash: hashHeader(header),
      chainId: replay.rules.chainId,
      fork: replay.rules.fork,
      timestamp: header.timestamp,
      transactions: replay.transactions.length,
      gasUsed: Number(header.gasUsed),
      gasLimit: Number(header.gasLimit),
    },
    agrees: differences.length === 0,
    differences,
    checks,
    missing: summarized(state.missing()),
    ...rest,
  };
}

function summarized(missing: readonly MissingRead[]): MissingState {
  const slotCount = missing.filter(({ slot }) => slot !== undefined).length;
  return {
    accountCount: missing.length - slotCount,
    slotCount,
    first: missing.slice(0, MAX_MISSING_SHOWN).map(({ transaction, address, slot }) => {
      return { transaction, address, ...(slot !== undefined && { slot }) };
    }),
  };
}
