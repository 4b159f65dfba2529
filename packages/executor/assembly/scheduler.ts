// The one step of every worker's loop: what to run next. Synchronous; the loop belongs to the engine's side.
import { TASK_NONE, TASK_STOP } from "./answers";
import {
  CHANGES, EVENTS, FRONTIER, MAX_SPECULATIVE_RUNS, PUBLISHED, ROW_CHECKED_AT, ROW_READS, ROW_RUNS, ROW_STATUS,
  SHARED_DEPTH, SPECULATES_FIRST, STATE_EXECUTED, STATE_EXECUTING, STATE_READY, TX_COUNT, WAITERS, WINDOW,
  WORKER_ASSIGNED, WORKER_RUNNING, workerStateAddress,
} from "./layout";
import { advanceFrontier } from "./frontier";
import { beginLook, holdsBack, isDeferred, nextToLookAt, noteLoss } from "./kinds";
import { firstBrokenFor } from "./read-set";
import { beginRun } from "./run";
import { signal, stopReason, waitForChange } from "./stop";
import { incarnationOf, rowAt, stateOf, statusWord } from "./transactions";
import { workerIndex } from "./worker";

/** How much further than SHARED_DEPTH a look goes: a chain then needs one look for so many transactions. */
const LOOKED_AHEAD: u32 = 64;

/**
 * The transaction that this worker is to run now (begun), TASK_NONE after a bounded wait, or TASK_STOP.
 * `now`: wall milliseconds, of the same clock in all workers.
 */
export function next(now: f64): i32 {
  const calls = atomic.load<u32>(EVENTS);
  const changes = atomic.load<u32>(CHANGES);
  let task = advanceFrontier(now);
  if (task < 0) {
    if (stopReason() != 0) return TASK_STOP;
    task = claimSpeculative(now);
  }
  if (task >= 0) {
    shareWork(u32(task));
    return task;
  }
  waitForChange(changes, calls);
  return stopReason() != 0 ? TASK_STOP : TASK_NONE;
}

/** Takes the lowest open transaction of the window. */
function claimSpeculative(now: f64): i32 {
  const frontier = atomic.load<u32>(FRONTIER);
  const end = windowEnd(frontier, load<u32>(WINDOW));
  beginLook(frontier);
  for (let tx = frontier; tx < end; tx = nextToLookAt(tx)) {
    const word = openWord(tx);
    if (word == CLOSED) continue;
    const isAgain = stateOf(word) == STATE_EXECUTED;
    const executing = statusWord(incarnationOf(word) + u32(isAgain), workerIndex + 1, STATE_EXECUTING);
    const row = rowAt(tx);
    if (isAgain) noteLoss(tx, workerBroken);
    if (atomic.cmpxchg<u32>(row, word, executing, ROW_STATUS) != word) continue;
    beginRun(tx, executing, false, now);
    return tx;
  }
  return TASK_NONE;
}

/**
 * Wakes those who wait when there is more to do than this worker has just taken. Whoever changes something looks at what
 * that opens here, before its next run: so those that wait sleep through what opens nothing for them.
 */
function shareWork(taken: u32): void {
  if (atomic.load<u32>(WAITERS) == 0) return;
  const frontier = atomic.load<u32>(FRONTIER);
  const end = windowEnd(frontier, SHARED_DEPTH);
  if (taken == frontier && holdsBack(frontier, end)) return;
  beginLook(frontier);
  const lookEnd = windowEnd(frontier, SHARED_DEPTH + LOOKED_AHEAD);
  for (let tx = frontier; tx < lookEnd; tx = nextToLookAt(tx)) {
    if (openWord(tx) == CLOSED) continue;
    if (tx < end) signal();
    return;
  }
}

function windowEnd(frontier: u32, depth: u32): u32 {
  const count = load<u32>(TX_COUNT);
  return count - frontier > depth ? frontier + depth : count;
}

/** What openWord says of a transaction that is not to be run ahead of its turn now. */
const CLOSED: u32 = u32.MAX_VALUE;
/** Of an executed transaction that openWord has found open: where its reads do not hold. */
let workerBroken: usize = 0;

/**
 * The status of transaction `tx` if somebody is to run it ahead of its turn: it was never run, or its reads have changed
 * since. All below it that were not final when the look began have been asked for before. One that has become final
 * meanwhile still holds back its kind: who committed it goes on with the next.
 */
function openWord(tx: u32): u32 {
  const row = rowAt(tx);
  const word = atomic.load<u32>(row, ROW_STATUS);
  const state = stateOf(word);
  if (isDeferred(tx, row, state)) return CLOSED;
  if (state != STATE_READY && state != STATE_EXECUTED) return CLOSED;
  const runs = load<u32>(row, ROW_RUNS);
  if (runs == 0) return isForAnother(tx) ? CLOSED : word;
  if (runs >= MAX_SPECULATIVE_RUNS) return CLOSED; // parked until the frontier comes
  const published = atomic.load<u32>(PUBLISHED);
  if (load<u32>(row, ROW_CHECKED_AT) == published) return CLOSED;
  if (state == STATE_READY) return word;
  workerBroken = firstBrokenFor(<usize>load<u32>(row, ROW_READS), tx);
  if (workerBroken != 0) return word;
  store<u32>(row, published, ROW_CHECKED_AT);
  return CLOSED;
}

/** Whether another worker that takes part in the block is to run `tx` first: SPECULATES_FIRST. */
@inline
function isForAnother(tx: u32): bool {
  const workers = load<u32>(SPECULATES_FIRST);
  return workers > 1 && tx % workers != workerIndex && takesPart(tx % workers);
}

function takesPart(index: u32): bool {
  const state = atomic.load<u32>(workerStateAddress(index));
  return state == WORKER_RUNNING || state == WORKER_ASSIGNED;
}
