import { parentPort, workerData } from 'node:worker_threads';
import { createExecutor, openStateTrie, PendingWrites } from '@heddle/executor';
import { assert, type ChainSpec, decodeHeader, HeddleError } from '@heddle/primitives';
import { readBlockHash } from '../chain/block-records.ts';
import type { ChainStore } from '../chain/chain-store.ts';
import { readDecidedBlocks } from '../chain/decided-blocks.ts';
import { readEra } from '../chain/era-record.ts';
import { pause } from '../consensus/pause.ts';
import { systemClock } from '../consensus/system-clock.ts';
import { planCrash, readPlannedCrash } from '../crash-points.ts';
import { createBlockWriter } from '../execution/block-writer.ts';
import { ExecutionService } from '../execution/execution-service.ts';
import { createHistoryPruner } from '../execution/history-pruner.ts';
import { JobQueue } from '../execution/job-queue.ts';
import type {
  CommitJob,
  CommittedBlock,
  ExecutionForMain,
  MainForExecution,
  StoreOpening,
} from '../execution/main-boundary.ts';
import { openOrCreateStore } from '../execution/open-or-create-store.ts';
import { readGenesisFile } from '../genesis/read-genesis.ts';
import { connectPort } from './port-rpc.ts';
import type { ExecutionThreadData } from './start-execution-thread.ts';
import { startVerification, type Verification } from './start-verify-thread.ts';

// The execution thread: builds, executes, computes roots, and is the one writer of the database. Worker 0 of the
// executor runs here, synchronously inside a block; between blocks the event loop writes batches and answers.

const port = parentPort;
assert(port !== null, 'execution runs in a thread of its own');
const data = workerData as ExecutionThreadData;
const queue = new JobQueue();
const stopping = new AbortController();
planCrash(readPlannedCrash(process.env.HEDDLE_CRASH_AT));

/** After an unclean end a store is verified so long after the start, which is a node's busiest time. */
const VERIFY_AFTER_MS = 5_000;

let verification: Verification | undefined;

/** Resolves once the store is open and the executor stands; every call waits for it. */
const opened = open();
opened.catch(() => undefined); // whoever asks for `opening` hears of it
void queue.run(async () => (await opened).service.warmUp()).catch(() => undefined); // the first real job will tell

async function open() {
  const spec = readGenesisFile(data.genesisFile);
  const { store, chainTag, validators } = await openOrCreateStore(
    data.databasePath,
    { spec, genesisFile: data.genesisFile },
    tellMaking,
  );
  try {
    const { service, pruner } = await startService(spec, store);
    const { head, wasUnclean } = store;
    const era = readEra(store.database);
    const opening: StoreOpening = { chainTag, validators, head, era, wasUnclean };
    return { store, service, pruner, opening };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function startService(spec: ChainSpec, { database, head }: ChainStore) {
  const pending = new PendingWrites(database);
  const trie = openStateTrie(pending, decodeHeader(head.header).stateRoot);
  const executor = await createExecutor({
    rules: spec,
    engine: data.engine,
    databasePath: data.databasePath,
    database: pending,
    pendingDiffs: () => pending.diffs(),
    workers: data.workers,
    trie,
    readBlockHash: (number) => readBlockHash(pending, number),
    onWorkerDeath: (workerIndex, error) => main.notify('workerDied', { workerIndex, why: error?.message }),
  });
  const pruner = createHistoryPruner(database, createBlockWriter({ database, pending, trie, head }), data.history);
  return { pruner, service: new ExecutionService({ spec, executor, store: pruner.store }) };
}

/** Often enough for people. */
const TELL_EVERY_MS = 500;
let toldMs = Number.NEGATIVE_INFINITY;

function tellMaking(what: string, done: number, total: number): void {
  if (performance.now() - toldMs < TELL_EVERY_MS) return;
  toldMs = performance.now();
  main.notify('making', { what, done, total });
}

const main = connectPort<MainForExecution, ExecutionForMain>(port, {
  requests: {
    opening: async () => (await opened).opening,
    head: async () => (await opened).service.head,
    build: (job) => queue.run(async () => (await opened).service.build(job)),
    execute: (job) => queue.run(async () => (await opened).service.execute(job)),
    commit,
    blocks: async (request) => readDecidedBlocks((await opened).store.database, request),
    parallelism: async (blockNumber) => (await opened).service.parallelism(blockNumber),
    metrics: async () => ({ ...(await opened).service.metrics(), ...(await opened).pruner.metrics() }),
    verify,
    stop: () => queue.run(stop),
  },
  notices: {},
});

/** The next job begins before the block is on disk. */
async function commit(job: CommitJob): Promise<CommittedBlock> {
  const { written } = await queue.run(async () => (await opened).service.take(job));
  const committed = await written;
  if (data.history !== undefined && !isPruneDue) pruneNext();
  return committed;
}

let isPruneDue = false;

/**
 * Old history goes after the block, when the answer is out, and while nothing is being written: both change the same
 * records. What fails there fails the next block.
 */
function pruneNext(): void {
  isPruneDue = true;
  void queue.run(async () => {
    isPruneDue = false;
    const { service, pruner } = await opened;
    await service.settled();
    if (!service.hasFailed) await pruner.step(); // nothing is written after a batch that failed
  });
}

/** Nothing else in the process waits for it. */
async function verify(): Promise<'verified' | 'not needed' | 'stopped'> {
  const { store } = await opened;
  const { wasUnclean, unverifiedTables } = store;
  if (!wasUnclean && unverifiedTables.length === 0) return 'not needed';
  await pause(systemClock, VERIFY_AFTER_MS, stopping.signal);
  if (stopping.signal.aborted) return 'stopped';
  verification = startVerification({ databasePath: data.databasePath, unverifiedTables });
  try {
    if ((await verification.outcome) === 'stopped') return 'stopped';
    store.verified();
    return 'verified';
  } catch (error) {
    if (error instanceof HeddleError) await store.condemn(error.message);
    throw error;
  }
}

async function stop(): Promise<void> {
  stopping.abort();
  await verification?.stop();
  const parts = await opened.catch(() => undefined); // what could not be opened needs no closing
  await parts?.service.close();
  await parts?.store.close();
  setImmediate(() => port?.close()); // the answer goes out first; nothing holds the thread any longer
}
