// Our side: the executor as the node uses it, on a store of its own; plainly, or with so many workers.
import { join } from 'node:path';
import { keccak256Hex, ZERO_HASH } from '@heddle/primitives';
import { temporaryDirectory } from '@heddle/testkit';
import {
  createDatabase,
  createExecutor,
  createPlainExecutor,
  createReaderAccess,
  genesisOperations,
  headState,
  namedEngine,
  openStateTrie,
  SlotChanges,
} from '../../dist/index.js';

const NEVER = { isAbandoned: () => false };

/** Runs the workload with `engine`; `workers`: a number, or `plain`. */
export async function createOurSide({ workload, engine, workers }) {
  const store = await openStore(workload.alloc);
  const make = workload.kind === 'call' ? callSide : workers === 'plain' ? plainSide : parallelSide;
  const side = await make({ ...store, workload, engine, workers });
  return {
    ...side,
    async close() {
      await side.close();
      await store.close();
    },
  };
}

async function openStore(alloc) {
  const folder = temporaryDirectory('bench');
  const path = join(folder.path, 'database');
  const database = await createDatabase(path);
  const { stateRoot, operations } = genesisOperations(alloc);
  await database.batch(operations, { sync: false });
  const close = async () => {
    await database.close();
    folder.remove();
  };
  return { path, database, stateRoot, close };
}

async function callSide({ database, workload, engine }) {
  const { rules, environment, message } = workload;
  const machine = await namedEngine(engine)(rules);
  const access = createReaderAccess(headState(database), blockHashReader(workload));
  machine.beginBlock(environment);
  return {
    async run() {
      const startedMs = performance.now();
      const made = await machine.runCall(message, access, NEVER);
      return { executionMs: performance.now() - startedMs, made };
    },
    async proof({ made }) {
      if (made.status !== 'executed') throw new Error(`the call was refused: ${made.reason}`);
      const { returnData, succeeded, gasUsed } = made;
      return { returned: keccak256Hex(returnData), failed: !succeeded, gasUsed: Number(gasUsed) };
    },
    close: async () => undefined,
  };
}

async function plainSide({ database, stateRoot, workload, engine }) {
  const clock = { blockStartMs: 0, endedMs: 0 };
  const isOnCore = engine === 'wasm';
  const trie = openStateTrie(database, stateRoot);
  const executor = await createPlainExecutor({
    rules: workload.rules,
    createEngine: async (rules, purpose) => {
      const made = await namedEngine(engine)(rules, purpose);
      return isOnCore ? made : watched(made, clock);
    },
    state: isOnCore ? headState(database) : new KnownState(headState(database)),
    trie,
    readBlockHash: blockHashReader(workload),
    keepsState: true,
  });
  return blockSide(executor, { trie, stateRoot }, workload, {
    // From the decoding of the transactions, which the core does as it goes, to the end of the last one; without the block's
    // system calls before them.
    executionMs(startedMs, { figures }) {
      return isOnCore ? figures.wallMs : clock.endedMs - startedMs - clock.blockStartMs;
    },
  });
}

async function parallelSide({ database, path, stateRoot, workload, engine, workers }) {
  const trie = openStateTrie(database, stateRoot);
  const executor = await createExecutor({
    ...{
      rules: workload.rules,
      engine,
      databasePath: path,
      database,
      workers,
      readBlockHash: blockHashReader(workload),
    },
    trie,
  });
  await executor.pool.whenReady();
  return blockSide(executor, { trie, stateRoot }, workload, {
    executionMs(_, { figures }) {
      if (figures.engine !== engine) throw new Error(`the executor ran ${figures.engine}, not ${engine}`);
      return figures.wallMs;
    },
  });
}

async function blockSide(executor, state, { kind, environment, transactions }, { executionMs }) {
  const cancel = new Int32Array(new SharedArrayBuffer(4));
  const side = {
    async run() {
      const startedMs = performance.now();
      const made = await executor.execute({ environment, transactions, cancel });
      const blockMs = performance.now() - startedMs;
      if (made.status !== 'executed') throw new Error(`the block is ${made.status}: ${made.reason}`);
      const { figures } = made.result;
      return { blockMs, executionMs: executionMs(startedMs, made.result), made: made.result, figures };
    },
    async proof({ made: { gasUsed, receiptsRoot, stateRoot } }) {
      return { gasUsed: Number(gasUsed), receiptsRoot, stateRoot };
    },
    close: () => executor.close(),
  };
  if (kind === 'block') await readTries(state, (await side.run()).made);
  return side;
}

/** The tries as a node has them that goes on from block to block: in memory where they were changed, by the block and back. */
async function readTries({ trie, stateRoot }, { stateRoot: changedRoot, diff: { accounts, slots } }) {
  trie.apply(changedRoot);
  const back = await trie.root({
    accounts: takenBack(accounts),
    slots: new Map([...slots].map(([address, changes]) => [address, new SlotChanges(takenBack(changes))])),
    codes: new Map(),
  });
  if (back !== stateRoot) throw new Error(`the block taken back leaves ${back} instead of ${stateRoot}`);
  trie.apply(back);
}

function takenBack(changes) {
  return new Map([...changes].map(([key, { before, after }]) => [key, { before: after, after: before }]));
}

/** Of a real block only those hashes are known that it reads. */
function blockHashReader({ blockHashes }) {
  return (number) => (blockHashes === undefined ? undefined : (blockHashes.get(number) ?? ZERO_HASH));
}

/** The same engine; `clock` tells how long the block's start took and when its last transaction ended. */
function watched(engine, clock) {
  return {
    name: engine.name,
    beginBlock: (environment) => engine.beginBlock(environment),
    async runBlockStart(state) {
      const startedMs = performance.now();
      const writes = await engine.runBlockStart(state);
      clock.blockStartMs = performance.now() - startedMs;
      return writes;
    },
    runBlockEnd: (state, logsOf) => engine.runBlockEnd(state, logsOf),
    runCall: (...call) => engine.runCall(...call),
    async runTransaction(...run) {
      const outcome = await engine.runTransaction(...run);
      clock.endedMs = performance.now();
      return outcome;
    },
  };
}

/** Asks the store once for each value, as the workers' cache does: stock has its state in memory, too. */
class KnownState {
  #store;
  #known = new Map();

  constructor(store) {
    this.#store = store;
  }

  account(address) {
    return this.#once(address, () => this.#store.account(address));
  }

  slot(address, incarnation, slot) {
    return this.#once(address + slot, () => this.#store.slot(address, incarnation, slot));
  }

  code(codeHash) {
    return this.#once(codeHash, () => this.#store.code(codeHash));
  }

  #once(key, read) {
    if (!this.#known.has(key)) this.#known.set(key, read());
    return this.#known.get(key);
  }
}
