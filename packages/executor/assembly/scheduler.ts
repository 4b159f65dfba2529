// The one step of every worker's loop: what to run next. Synchronous; the loop belongs to the engine's side.
import { TASK_NONE, TASK_STOP } from "./answers";
import {
  EVENTS, FRONTIER, HEAD_LOSSES, MAX_SPECULATIVE_RUNS, PUBLISHED, ROW_CHECKED_AT, ROW_READS, ROW_RUNS, ROW_STATUS,
  SPECULATES_FIRST, STATE_EXECUTED, STATE_EXECUTING, STATE_READY, TX_COUNT, WINDOW, WORKER_ASSIGNED, WORKER_RUNNING,
  workerStateAddress,
} from "./layout";
import { advanceFrontier } from "./frontier";
import { firstBrokenFor } from "./read-set";
import { beginRun } from "./run";
import { stopReason, waitForEvent } from "./stop";
import { incarnationOf, rowAt, stateOf, statusWord } from "./transactions";
import { workerIndex } from "./worker";

/**
 * The transaction that this worker is to run now (begun), TASK_NONE after a bounded wait, or TASK_STOP.
 * `now`: wall milliseconds, of the same clock in all workers.
 */
export function next(now: f64): i32 {
  const seen = atomic.load<u32>(EVENTS);
  const final = advanceFrontier(now);
  if (final >= 0) return final;
  if (stopReason() != 0) return TASK_STOP;
  const speculative = claimSpeculative(now);
  if (speculative >= 0) return speculative;
  waitForEvent(seen);
  return stopReason() != 0 ? TASK_STOP : TASK_NONE;
}

/** The lowest transaction of the window that was never run, or whose reads have changed since. */
function claimSpeculative(now: f64): i32 {
  const frontier = atomic.load<u32>(FRONTIER);
  const count = load<u32>(TX_COUNT);
  const window = load<u32>(WINDOW);
  const end = count - frontier > window ? frontier + window : count;
  const published = atomic.load<u32>(PUBLISHED);
  for (let tx = frontier; tx < end; tx++) {
    const row = rowAt(tx);
    const word = atomic.load<u32>(row, ROW_STATUS);
    const state = stateOf(word);
    if (state != STATE_READY && state != STATE_EXECUTED) continue;
    const runs = load<u32>(row, ROW_RUNS);
    if (runs >= MAX_SPECULATIVE_RUNS) continue; // parked until the frontier comes
    if (runs > 0 && load<u32>(row, ROW_CHECKED_AT) == published) continue;
    if (runs == 0 && isForAnother(tx)) continue;
    let incarnation = incarnationOf(word);
    if (state == STATE_EXECUTED) {
      const broken = firstBrokenFor(<usize>load<u32>(row, ROW_READS), tx);
      if (broken == 0) {
        store<u32>(row, published, ROW_CHECKED_AT);
        continue;
      }
      atomic.add<u32>(broken, 1, HEAD_LOSSES);
      incarnation++;
    }
    const executing = statusWord(incarnation, workerIndex + 1, STATE_EXECUTING);
    if (atomic.cmpxchg<u32>(row, word, executing, ROW_STATUS) != word) continue;
    beginRun(tx, executing, false, now);
    return tx;
  }
  return TASK_NONE;
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
