import {
  createExecutor,
  type ExecuteOutcome,
  type ExecuteRequest,
  type InspectableExecutor,
  type ReadBlockHash,
  type SharedStateTrie,
} from '@heddle/executor';
import { assert, type EngineName, type ExecutionRules } from '@heddle/primitives';
import type { ForkExecutors } from './fork-executors.ts';
import type { MemoryStore } from './memory-store.ts';
import { createStoreMirror, type StoreMirror } from './store-mirror.ts';

/** The chain whose blocks are executed: it stands at the parent of each. */
export interface SpeculativeChain {
  readonly store: () => MemoryStore;
  readonly trie: () => SharedStateTrie;
  readonly readBlockHash: ReadBlockHash;
}

/** How official tests were executed. */
export interface SpeculationCounts {
  readonly blocks: number;
  readonly transactions: number;
  /** Runs ahead of their turn: as many as there are transactions at least. */
  readonly speculativeRuns: number;
  /** Committed values that such runs had shown to other transactions first. */
  readonly publishedVersions: number;
  /** Committed transactions by the worker that ran them last. */
  readonly runsPerWorker: readonly number[];
}

/** Executes blocks of chains in memory on the parallel executor, each transaction ahead of its turn first. */
export interface Speculation {
  /** Executors over `chain`, and over whatever it becomes, for forks since Byzantium. One chain at a time. */
  over(chain: SpeculativeChain): ForkExecutors;
  counts(): SpeculationCounts;
  close(): Promise<void>;
}

/** Executors that are kept, those last used: one for each set of rules, since they and their threads take long to start. */
const MAX_EXECUTORS = 8;

/** Starts nothing yet. Worker threads read state from a store in the system's temporary folder. */
export async function createSpeculation(options: {
  readonly engine: EngineName;
  readonly workers: number;
}): Promise<Speculation> {
  return new ExecutorSet(options, await createStoreMirror());
}

class ExecutorSet implements Speculation {
  readonly #options: { readonly engine: EngineName; readonly workers: number };
  readonly #mirror: StoreMirror;
  #executors = new Map<string, InspectableExecutor>();
  #chain: SpeculativeChain | undefined;
  #blocks = 0;
  #transactions = 0;
  #speculativeRuns = 0;
  #publishedVersions = 0;
  readonly #runsPerWorker: number[] = [];

  constructor(options: { readonly engine: EngineName; readonly workers: number }, mirror: StoreMirror) {
    this.#options = options;
    this.#mirror = mirror;
  }

  over(chain: SpeculativeChain): ForkExecutors {
    return { execute: (rules, request) => this.#execute(chain, rules, request) };
  }

  counts(): SpeculationCounts {
    return {
      blocks: this.#blocks,
      transactions: this.#transactions,
      speculativeRuns: this.#speculativeRuns,
      publishedVersions: this.#publishedVersions,
      runsPerWorker: this.#runsPerWorker,
    };
  }

  async close(): Promise<void> {
    for (const executor of this.#executors.values()) await executor.close();
    this.#executors = new Map();
    await this.#mirror.close();
  }

  async #execute(chain: SpeculativeChain, rules: ExecutionRules, request: ExecuteRequest): Promise<ExecuteOutcome> {
    this.#chain = chain;
    // Worker 0 is this thread, which reads the chain's own store; the others read the mirror.
    if (this.#options.workers > 1) await this.#mirror.follow(chain.store().records());
    const executor = await this.#executorFor(rules);
    executor.forgetState();
    const before = speculativeRunsOf(executor);
    const outcome = await executor.execute(request);
    if (outcome.status !== 'executed') return outcome;
    const { transactionCount, runsPerWorker } = outcome.result.figures;
    const speculativeRuns = speculativeRunsOf(executor) - before;
    assert(speculativeRuns >= transactionCount, 'each transaction was run ahead of its turn');
    this.#blocks++;
    this.#transactions += transactionCount;
    this.#speculativeRuns += speculativeRuns;
    this.#publishedVersions += executor.publishedVersions();
    for (const [worker, runs] of runsPerWorker.entries()) {
      this.#runsPerWorker[worker] = (this.#runsPerWorker[worker] ?? 0) + runs;
    }
    return outcome;
  }

  async #executorFor(rules: ExecutionRules): Promise<InspectableExecutor> {
    const key = JSON.stringify(rules, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    const known = this.#executors.get(key);
    if (known !== undefined) {
      this.#executors.delete(key); // to the end: the map is in order of last use
      this.#executors.set(key, known);
      return known;
    }
    for (const [leastRecent, executor] of this.#executors) {
      if (this.#executors.size < MAX_EXECUTORS) break;
      this.#executors.delete(leastRecent);
      await executor.close();
    }
    const current = () => {
      assert(this.#chain !== undefined, 'executors run blocks of a chain');
      return this.#chain;
    };
    const trie = () => current().trie();
    const executor = await createExecutor({
      ...this.#options,
      rules,
      databasePath: this.#mirror.path,
      database: { getSync: (key) => current().store().getSync(key) },
      trie: {
        root: (diff) => trie().root(diff),
        operations: (stateRoot) => trie().operations(stateRoot),
        apply: (stateRoot) => trie().apply(stateRoot),
        shared: trie().shared, // the first chain's; no worker computes on it, since none is employed
        employ: () => undefined,
      },
      readBlockHash: (number) => current().readBlockHash(number),
      speculatesFirst: true,
    });
    await executor.pool.whenReady();
    this.#executors.set(key, executor);
    return executor;
  }
}

function speculativeRunsOf(executor: InspectableExecutor): number {
  return executor.metrics().heddle_executor_speculative_runs_total ?? 0;
}
