import type { MessagePort } from 'node:worker_threads';
import { stateOutOfReach } from '@heddle/executor/store';
import { type Address, type Hash, HeddleError } from '@heddle/primitives';
import type { AccountProof, CallRequest, QueryPort } from '@heddle/rpc';
import { type CallOptions, connectPort, type RemoteSide } from '../threads/port-rpc.ts';
import { type QueryLimits, queryTimedOut } from './query-limits.ts';
import type { StartedQueryThread } from './query-threads.ts';
import type { QueryForRpc, RpcForQuery } from './rpc-boundary.ts';

/** What bounds the pool. */
export type QueryPoolLimits = Omit<QueryLimits, 'gasCap'>;

/** Main, which owns the threads. */
export interface QueryThreadOwner {
  start(): Promise<StartedQueryThread>;
  end(id: number): void;
}

/** The query port over threads that are started when there is work for them, or soon will be. */
export interface QueryPool extends QueryPort {
  /** Queries that wait for a thread. */
  readonly waitingCount: number;
  close(): void;
}

type Ask<T> = (remote: RemoteSide<QueryForRpc>, options: CallOptions) => Promise<T>;

interface Job {
  readonly run: (remote: RemoteSide<QueryForRpc>) => Promise<unknown>;
  /** The answer to a query whose thread had to be ended. */
  readonly whenOverdue: () => Promise<unknown>;
  readonly resolve: (outcome: never) => void;
  readonly reject: (error: unknown) => void;
  readonly sinceMs: number;
}

interface Slot {
  readonly id: number;
  readonly port: MessagePort;
  readonly remote: RemoteSide<QueryForRpc>;
  isBusy: boolean;
  /** Runs while it is idle. */
  idleTimer: NodeJS.Timeout | undefined;
}

/** A pool without threads yet. */
export function createQueryPool(owner: QueryThreadOwner, limits: QueryPoolLimits): QueryPool {
  return new ThreadedQueryPool(owner, limits);
}

class ThreadedQueryPool implements QueryPool {
  readonly #owner: QueryThreadOwner;
  readonly #limits: QueryPoolLimits;
  readonly #waiting: Job[] = [];
  readonly #slots = new Set<Slot>();
  #startingCount = 0;
  #patience: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(owner: QueryThreadOwner, limits: QueryPoolLimits) {
    this.#owner = owner;
    this.#limits = limits;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  prepare(): void {
    if (!this.#isClosed && this.#slots.size + this.#startingCount === 0) void this.#start();
  }

  call(request: CallRequest, blockNumber: number): ReturnType<QueryPort['call']> {
    return this.#submit((remote, options) => remote.call('call', { request, blockNumber }, options), this.#timedOut);
  }

  estimateGas(request: CallRequest, blockNumber: number): ReturnType<QueryPort['estimateGas']> {
    return this.#submit(
      (remote, options) => remote.call('estimateGas', { request, blockNumber }, options),
      this.#timedOut,
    );
  }

  proof(address: Address, slots: readonly Hash[], blockNumber: number): Promise<AccountProof> {
    return this.#submit(
      (remote, options) => remote.call('proof', { address, slots, blockNumber }, options),
      () => Promise.reject(stateOutOfReach(blockNumber)),
    );
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#patience);
    for (const slot of [...this.#slots]) this.#letGo(slot);
    this.#refuseWaiting(gone());
  }

  #timedOut = async () => queryTimedOut(this.#limits.timeMs);

  #submit<T>(ask: Ask<T>, whenOverdue: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(gone());
    this.#dropStale();
    if (this.#waiting.length >= this.#limits.waitingCount) return Promise.reject(busy(this.#waiting.length));
    const options = { timeoutMs: this.#limits.timeMs + this.#limits.graceMs };
    return new Promise<T>((resolve, reject) => {
      const run = (remote: RemoteSide<QueryForRpc>) => ask(remote, options);
      this.#waiting.push({ run, whenOverdue, resolve, reject, sinceMs: performance.now() });
      this.#pump();
    });
  }

  /** Gives what waits to idle threads, and sees to it that there are threads. */
  #pump(): void {
    for (const slot of this.#slots) {
      if (slot.isBusy) continue;
      const job = this.#waiting.shift();
      if (job !== undefined) void this.#run(slot, job);
      else slot.idleTimer ??= setTimeout(() => this.#letGo(slot), this.#limits.idleMs).unref();
    }
    if (this.#waiting.length === 0) return;
    if (this.#slots.size + this.#startingCount === 0) void this.#start();
    else this.#patience ??= setTimeout(() => this.#losePatience(), this.#limits.patienceMs);
  }

  #losePatience(): void {
    this.#patience = undefined;
    this.#dropStale();
    if (this.#waiting.length === 0) return;
    if (this.#slots.size + this.#startingCount < this.#limits.threadCount) void this.#start();
    this.#pump(); // looks again for as long as something waits
  }

  async #run(slot: Slot, job: Job): Promise<void> {
    slot.isBusy = true;
    clearTimeout(slot.idleTimer);
    slot.idleTimer = undefined;
    try {
      job.resolve((await job.run(slot.remote)) as never);
    } catch (error) {
      if (codeOf(error) === 'THREAD_TIMEOUT') {
        this.#discard(slot);
        job.resolve(job.whenOverdue() as never);
      } else job.reject(error);
    }
    slot.isBusy = false;
    this.#pump();
  }

  /** Starts a thread; when that fails and there is none, nobody is left waiting. */
  async #start(): Promise<void> {
    this.#startingCount++;
    try {
      const slot = this.#adopt(await this.#owner.start());
      try {
        await slot.remote.call('ready', undefined, { timeoutMs: this.#limits.startMs });
        slot.isBusy = false;
      } catch (error) {
        this.#discard(slot);
        throw error;
      }
    } catch (error) {
      if (this.#slots.size === 0) this.#refuseWaiting(error);
    } finally {
      this.#startingCount--;
    }
    if (!this.#isClosed) this.#pump();
  }

  #adopt({ id, port }: StartedQueryThread): Slot {
    const remote = connectPort<QueryForRpc, RpcForQuery>(port, { requests: {}, notices: {} });
    const slot: Slot = { id, port, remote, isBusy: true, idleTimer: undefined };
    this.#slots.add(slot);
    port.on('close', () => this.#slots.delete(slot)); // it died: the next query starts another
    if (this.#isClosed) port.close();
    return slot;
  }

  /** Its port is all that keeps the thread: it ends by itself, unless it is stuck. */
  #letGo(slot: Slot): void {
    clearTimeout(slot.idleTimer);
    this.#slots.delete(slot);
    slot.port.close();
  }

  #discard(slot: Slot): void {
    this.#letGo(slot);
    this.#owner.end(slot.id);
  }

  #dropStale(): void {
    const oldestMs = performance.now() - this.#limits.waitingMs;
    while ((this.#waiting[0]?.sinceMs ?? Number.POSITIVE_INFINITY) < oldestMs) this.#waiting.shift()?.reject(late());
  }

  #refuseWaiting(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof HeddleError ? error.code : undefined;
}

function busy(waiting: number): HeddleError {
  return new HeddleError('THREAD_BUSY', `${waiting} queries wait for a thread already`);
}

function late(): HeddleError {
  return new HeddleError('THREAD_TIMEOUT', 'no query thread was free in time');
}

function gone(): HeddleError {
  return new HeddleError('THREAD_GONE', 'the query threads have been closed');
}
