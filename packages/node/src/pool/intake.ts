import { DEFAULT_POOL_LIMITS } from './pool-limits.ts';

/** Work of many small steps that must not hold up the thread: `step` does one and is called until it says `done`. */
export interface IntakeJob {
  /** Transactions in it. */
  readonly count: number;
  readonly sizeBytes: number;
  step(): 'more' | 'done';
}

/** Where a job waits. `urgent` (senders of a proposal) goes before all; the others take turns, so that none starves. */
export type Lane = 'urgent' | 'rpc' | 'gossip';

/** What may wait in one lane. */
export interface LaneLimits {
  readonly count: number;
  readonly sizeBytes: number;
}

/** Half of 20,000 transactions and of 64 MiB each, so that a flood of gossip leaves room for wallets and vice versa. */
export const DEFAULT_LANE_LIMITS: LaneLimits = {
  count: DEFAULT_POOL_LIMITS.laneCount,
  sizeBytes: DEFAULT_POOL_LIMITS.laneBytes,
};
/** How long jobs may run before the thread looks at its messages. */
const SLICE_MS = 4;

interface LaneState {
  readonly jobs: IntakeJob[];
  count: number;
  sizeBytes: number;
}

/** The queue before admission: bounded, fair between lanes, in order within one, yielding every few milliseconds. */
export class Intake {
  readonly #lanes: Record<Lane, LaneState> = { urgent: emptyLane(), rpc: emptyLane(), gossip: emptyLane() };
  readonly #limits: LaneLimits;
  #isScheduled = false;
  #turn: 'rpc' | 'gossip' = 'gossip';

  constructor(limits: LaneLimits = DEFAULT_LANE_LIMITS) {
    this.#limits = limits;
  }

  /** Transactions that wait in all lanes. */
  get waitingCount(): number {
    return this.#lanes.urgent.count + this.#lanes.rpc.count + this.#lanes.gossip.count;
  }

  /** Queues `job`. False: the lane is full and the job was not taken (one that comes alone always is). */
  offer(lane: Lane, job: IntakeJob): boolean {
    const state = this.#lanes[lane];
    const isFull =
      state.count + job.count > this.#limits.count || state.sizeBytes + job.sizeBytes > this.#limits.sizeBytes;
    if (isFull && state.jobs.length > 0) return false;
    state.jobs.push(job);
    state.count += job.count;
    state.sizeBytes += job.sizeBytes;
    this.#schedule();
    return true;
  }

  /** Forgets all that waits: none of it will be answered. */
  clear(): void {
    for (const lane of Object.values(this.#lanes)) {
      lane.jobs.length = 0;
      lane.count = 0;
      lane.sizeBytes = 0;
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#runSlice();
      if (this.#hasJobs()) this.#schedule();
    });
  }

  #runSlice(): void {
    const end = performance.now() + SLICE_MS;
    for (let lane = this.#nextLane(); lane !== undefined; lane = this.#nextLane()) {
      const job = lane.jobs[0];
      while (job && performance.now() < end) {
        if (job.step() === 'more') continue;
        lane.jobs.shift();
        lane.count -= job.count;
        lane.sizeBytes -= job.sizeBytes;
        break;
      }
      if (performance.now() >= end) return;
    }
  }

  #hasJobs(): boolean {
    return Object.values(this.#lanes).some(({ jobs }) => jobs.length > 0);
  }

  /** The lane whose turn it is; asking passes the turn on. */
  #nextLane(): LaneState | undefined {
    const { urgent, rpc, gossip } = this.#lanes;
    if (urgent.jobs.length > 0) return urgent;
    this.#turn = this.#turn === 'rpc' ? 'gossip' : 'rpc';
    const [first, second] = this.#turn === 'rpc' ? [rpc, gossip] : [gossip, rpc];
    if (first.jobs.length > 0) return first;
    return second.jobs.length > 0 ? second : undefined;
  }
}

function emptyLane(): LaneState {
  return { jobs: [], count: 0, sizeBytes: 0 };
}
