// How the workers share one root: worker 0 lays out a phase of tasks and offers them, as what they need is there; every
// worker takes tasks until none is left, and worker 0 goes on when all are done. A worker that fails or dies ends the job
// for all; it is begun again.
import { enterJob } from "./job";
import {
  DONE, JOB_RUNS, JOB_STATE, OFFERED, TASK_COUNT, TASK_HASH, TASK_KIND, TASK_LEAVES, TASK_RECEIPTS, TASK_STORAGE,
  TASK_SUBTRIE, TICKET, TURN,
} from "./layout";
import { hashItems } from "./items";
import { hashLeaves } from "./fold";
import { encodeReceipts } from "./receipts";
import { updateSubtrie } from "./split";
import { updateStorage } from "./state";

const NO_TASK: u32 = 0xffffffff;
const INDEX_MASK: u32 = 0xfffff;
/** Loads before a wait goes to the futex. */
const SPIN_LOADS: u32 = 2000;
/** Longest wait at once, nanoseconds. */
const WAIT_NS: i64 = 2_000_000;

/** Lays out `count` tasks of `kind`, below 2^20, none of which is offered yet. Worker 0. */
export function beginPhase(kind: u32, count: u32): void {
  closePhase(); // first: whoever still looks at the last phase must not take its ticket for one of this phase
  atomic.store<u32>(TASK_KIND, kind);
  atomic.store<u32>(TASK_COUNT, count);
  atomic.store<u32>(DONE, 0);
  atomic.store<u32>(OFFERED, 0);
  atomic.store<u32>(TICKET, atomic.load<u32>(TICKET) & ~INDEX_MASK);
}

/** Lets the first `count` tasks of the phase be taken, and wakes whoever waits. Worker 0. */
export function offer(count: u32): void {
  atomic.store<u32>(OFFERED, count);
  turn();
}

/** Does tasks until none is left of those that are offered. */
export function work(): void {
  for (let task = take(); task != NO_TASK; task = take()) {
    const kind = load<u32>(TASK_KIND);
    if (kind == TASK_HASH) hashItems(task);
    else if (kind == TASK_STORAGE) updateStorage(task);
    else if (kind == TASK_SUBTRIE) updateSubtrie(task);
    else if (kind == TASK_LEAVES) hashLeaves(task);
    else if (kind == TASK_RECEIPTS) encodeReceipts(task);
    if (atomic.add<u32>(DONE, 1) + 1 == load<u32>(TASK_COUNT)) atomic.notify(DONE, -1);
  }
}

/** Waits a little until all tasks of the phase are done; whether they are. Worker 0. */
export function isDone(): bool {
  for (let count: u32 = 0; count < SPIN_LOADS; count++) if (hasEnded()) return true;
  const seen = atomic.load<u32>(DONE);
  if (seen != load<u32>(TASK_COUNT)) atomic.wait<i32>(DONE, i32(seen), WAIT_NS);
  return hasEnded();
}

/** What a worker other than 0 does: phase after phase, until the job has ended. */
export function help(): void {
  enterJob();
  while (atomic.load<u32>(JOB_STATE) == JOB_RUNS) {
    const seen = atomic.load<u32>(TURN);
    work();
    for (let count: u32 = 0; count < SPIN_LOADS; count++) if (atomic.load<u32>(TURN) != seen) break;
    if (atomic.load<u32>(JOB_STATE) == JOB_RUNS) atomic.wait<i32>(TURN, i32(seen), WAIT_NS);
  }
}

/** Sets the state of the job and wakes all. Tasks that are left of a job that failed are nobody's. */
export function setJobState(state: u32): void {
  closePhase();
  atomic.store<u32>(JOB_STATE, state);
  turn();
  atomic.notify(DONE, -1);
}

/** The next phase, of which there is no task yet. */
function closePhase(): void {
  atomic.store<u32>(TICKET, (((atomic.load<u32>(TICKET) >> 20) + 1) << 20) | INDEX_MASK);
}

function turn(): void {
  atomic.add<u32>(TURN, 1);
  atomic.notify(TURN, -1);
}

@inline
function hasEnded(): bool {
  return atomic.load<u32>(DONE) == load<u32>(TASK_COUNT);
}

function take(): u32 {
  while (true) {
    const ticket = atomic.load<u32>(TICKET);
    if ((ticket & INDEX_MASK) >= atomic.load<u32>(OFFERED) || atomic.load<u32>(JOB_STATE) != JOB_RUNS) return NO_TASK;
    if (atomic.cmpxchg<u32>(TICKET, ticket, ticket + 1) == ticket) return ticket & INDEX_MASK;
  }
}
