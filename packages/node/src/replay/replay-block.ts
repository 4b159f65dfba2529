import { type Engine, environmentOf, namedEngine, openStateTrie } from '@heddle/executor';
import { type EngineName, type Hash, hashHeader } from '@heddle/primitives';
import type { ChainConfig } from '../foreign/chain-config.ts';
import { daoForkSweep } from '../foreign/dao-fork.ts';
import { createTemporaryStore } from '../foreign/temporary-store.ts';
import { ancestorHashes } from './block-hashes.ts';
import { cachedReader } from './cached-reader.ts';
import { type BothRuns, compareBody, compareRuns, differencesOf, PARALLEL_NAME } from './checks.ts';
import { MeasurementBook, type Measurements } from './measurements.ts';
import { type ParallelRuns, type RunSetting, startParallelRuns } from './parallel-runs.ts';
import { type PlainRuns, startPlainRuns } from './plain-runs.ts';
import type { ReplayBlock } from './read-block.ts';
import { blockHashesMissing } from './replay-errors.ts';
import { measuredFigures } from './replay-figures.ts';
import type { Check, MissingState, ReplayReport } from './replay-report.ts';
import type { MissingRead, ReplayState } from './replay-state.ts';
import { expectedOutcome, type RunOutcome } from './run-outcome.ts';
import { runPlainly } from './run-plainly.ts';

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
  /** Told how many of so many rounds that count, in each of which the block is run each way, are done. */
  readonly onRun?: (done: number, total: number) => void;
}

/**
 * Rounds before those that count: V8 compiles what runs often, and what a block reads comes into memory. Until so many are
 * over, or so much time; never none.
 */
const WARM_UP = { rounds: 20, ms: 1_000 };
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
  const environment = { ...environmentOf(block), ...daoForkSweep(config, header.number) };
  const outcome = await runPlainly(engine, {
    environment,
    fork: rules.fork,
    transactions,
    reader: cachedReader(state.reader),
    readBlockHash: hashes.read,
    onStep: (place) => state.at(place),
  });
  const unknown = hashes.missing();
  if (unknown.length > 0) throw blockHashesMissing(unknown);
  if (outcome.status !== 'executed') {
    const where = outcome.status === 'invalid' ? ` ${outcome.transactionIndex}` : '';
    const why = outcome.status === 'invalid' ? outcome.reason : outcome.status;
    const hash = outcome.status === 'invalid' ? transactions[outcome.transactionIndex]?.transaction.hash : undefined;
    const difference = `transaction${where}${hash ? ` (${hash})` : ''} may not stand in the block: ${why}`;
    const checks = compareBody(replay);
    return reportOf(request, { checks, differences: [difference, ...differencesOf(checks, undefined)] });
  }
  const { stateRoot, source, operations } = state.records();
  const plain = expectedOutcome(outcome, await openStateTrie(source, stateRoot).root(outcome.diff));
  const store = await createTemporaryStore(operations());
  try {
    const setting: RunSetting = {
      store,
      stateRoot,
      rules,
      engine: request.engine,
      environment,
      signed: transactions.map(({ transaction: { raw }, sender }) => ({ raw, sender })),
      readBlockHash: hashes.readAny,
    };
    const measured = await measure(request, setting, { engine, expected: plain });
    const runs: BothRuns = {
      plain,
      other: measured.deviation ?? { name: PARALLEL_NAME, outcome: measured.last },
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

/** Round after round, each way once: what slows the machine down for a while slows all of them. */
async function measure(
  { workers, repeats, onRun = () => undefined }: ReplayRequest,
  setting: RunSetting,
  { engine, expected }: { readonly engine: Engine; readonly expected: RunOutcome },
): Promise<Measurements> {
  const started: (PlainRuns | ParallelRuns)[] = [];
  const toClose = <T extends PlainRuns | ParallelRuns>(runs: T): T => {
    started.push(runs);
    return runs;
  };
  try {
    const plain = toClose(await startPlainRuns(setting, engine));
    const one = toClose(await startParallelRuns(setting, 1));
    const many = workers === 1 ? undefined : toClose(await startParallelRuns(setting, workers));
    const measured = new MeasurementBook(expected);
    const runRound = async () => {
      measured.addPlain(await plain.run());
      measured.addParallel(1, await one.run());
      if (many) measured.addParallel(workers, await many.run());
    };
    const startedMs = performance.now();
    for (let round = 0; round < WARM_UP.rounds; round++) {
      await runRound();
      onRun(0, repeats);
      if (performance.now() - startedMs > WARM_UP.ms) break;
    }
    measured.forgetTimes();
    for (let round = 1; round <= repeats; round++) {
      await runRound();
      onRun(round, repeats);
    }
    return measured.close();
  } finally {
    for (const runs of started) await runs.close();
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
