// The ordered commit frontier: the only authority on what is right. Whoever gets the token validates and commits index by
// index; a transaction whose reads do not hold is run again by the holder, on committed values, where it cannot fail.
import { useReserve } from "./arena";
import { ASSERT_COMMITTED_ONCE, ASSERT_STATE, check, MUTATION_SKIP_VALUE_CHECK, planted } from "./debug";
import {
  BUDGET, DEADLINE, FAILED_TX, FRONTIER, GAS_LIMIT, GAS_USED, MODE, MODE_BUILD, OUTCOME_EXECUTED, OUTCOME_FAILED,
  OUTCOME_INVALID, OUTCOME_STARVED, OUTCOME_UNREADABLE, ROW_FEE, ROW_GAS_USED, ROW_OUTCOME, ROW_READS, ROW_RESULT_SIZE,
  ROW_RUN_MS, ROW_RUNS, ROW_SIZE_BYTES, ROW_SPECULATIVE_RUNS, ROW_STARTED_AT, ROW_STATUS, ROW_VERDICT, ROW_WRITES,
  SIZE_USED, SPECULATES_FIRST, STATE_COMMITTED, STATE_COMMITTING, STATE_EXECUTED, STATE_EXECUTING, STATE_LEFT_OUT,
  STATE_PUBLISHING, STATE_READY, STOP_CRASHED, STOP_DONE, STOP_INVALID, TOKEN, TX_COUNT, VERDICT_COMMITTED,
  VERDICT_FAILED, VERDICT_GAS, VERDICT_INVALID, VERDICT_MEMORY, VERDICT_SIZE, VERDICT_TIME, VERDICT_TOO_SLOW,
} from "./layout";
import { noteCommit, noteLoss } from "./kinds";
import { firstBrokenAtFrontier } from "./read-set";
import { abandonRun, beginRun, currentTx, fits, fitsGas, isFinalRun, notePublication, publishRun, settleRun } from "./run";
import { isRunning, noteChange, requestRestart, stopBlock, stopReason } from "./stop";
import { incarnationOf, ownerOf, rowAt, stateOf, statusWord } from "./transactions";
import { commitFee, commitWrites, hasRoomToCommit, withdrawWrites } from "./write-set";
import { workerIndex } from "./worker";

/** A candidate is too slow when its own run took at least this share of the time budget. */
const TOO_SLOW_SHARE: f64 = 0.8;

/** Nothing to run here now. */
const NOTHING: i32 = -1;
/** The transaction that this worker has begun at the end of the run before, or NOTHING. */
let workerClaimed: i32 = -1;

/** Forgets what this worker was about to run in the last block. */
export function forgetClaim(): void {
  workerClaimed = NOTHING;
}

/** Gives it back to whoever comes, since this worker has something else to do first. */
export function giveBackClaim(now: f64): void {
  if (workerClaimed == NOTHING) return;
  workerClaimed = NOTHING;
  abandonRun(now);
}

/** Commits what can be committed. The transaction at the frontier if this worker is to run it now (begun), else -1. */
export function advanceFrontier(now: f64): i32 {
  const begun = workerClaimed;
  workerClaimed = NOTHING;
  if (begun != NOTHING && stopReason() == 0) return begun;
  // Looked at before the token is taken: whoever finds nothing to do does not get into the way of who runs there. And again
  // after it is given back: somebody may have published meanwhile, and gone away because the token was taken.
  while (canAdvance(now) && takeToken()) {
    const reserve = useReserve(true);
    const claimed = walk(now);
    if (claimed == NOTHING) useReserve(reserve);
    atomic.store<u32>(TOKEN, 0);
    if (claimed != NOTHING) return claimed;
  }
  return NOTHING;
}

/**
 * Ends this worker's run as what it came to. One that read committed values alone is committed at once where nobody else is
 * at the frontier: there is nothing to validate, and nobody needs its versions; and this worker goes on there, so that a chain
 * stays with it: nothing but {@link advanceFrontier} may follow, the run may be another's already. Any other is published.
 * False when it was taken away meanwhile: nothing of it is seen.
 */
export function finishRun(outcome: u32, gasUsed: f64, fee: usize, result: usize, resultSize: u32, now: f64): bool {
  if (!isFinalRun() || !takeToken()) return publishRun(outcome, gasUsed, fee, result, resultSize, now);
  const tx = currentTx();
  const isMine = settleRun(outcome, gasUsed, fee, result, resultSize, now);
  if (isMine) {
    conclude(tx, rowAt(tx));
    notePublication(tx);
    workerClaimed = walk(now);
  }
  atomic.store<u32>(TOKEN, 0);
  return isMine;
}

/** Whether somebody is needed at the frontier, or to see that whoever has the token is dead. */
function canAdvance(now: f64): bool {
  if (stopReason() != 0) return false;
  const frontier = atomic.load<u32>(FRONTIER);
  if (frontier >= load<u32>(TX_COUNT)) return true;
  const row = rowAt(frontier);
  const word = atomic.load<u32>(row, ROW_STATUS);
  const state = stateOf(word);
  if (state >= STATE_EXECUTED) return true;
  if (state == STATE_READY && !waitsForSpeculation(row)) return true;
  const owner = ownerOf(word);
  if (owner != 0 && !isRunning(owner - 1)) return true;
  return state != STATE_PUBLISHING && isOverTime(now); // what is published is executed soon
}

/** Whether the time for a build is over. */
@inline
function isOverTime(now: f64): bool {
  return load<u32>(MODE) == MODE_BUILD && now > load<f64>(DEADLINE);
}

/** Whether the transaction has to be run as speculation first, though its turn has come: SPECULATES_FIRST. */
@inline
function waitsForSpeculation(row: usize): bool {
  return load<u32>(SPECULATES_FIRST) != 0 && load<u32>(row, ROW_RUNS) == 0;
}

function takeToken(): bool {
  const owner = atomic.cmpxchg<u32>(TOKEN, 0, workerIndex + 1);
  if (owner == 0) return true;
  // Looked at again: a worker that gave the token back may have left the block since.
  if (!isRunning(owner - 1) && atomic.load<u32>(TOKEN) == owner) requestRestart();
  return false;
}

function walk(now: f64): i32 {
  while (stopReason() == 0) {
    const tx = i32(atomic.load<u32>(FRONTIER));
    if (u32(tx) >= load<u32>(TX_COUNT)) {
      stopBlock(STOP_DONE);
      return NOTHING;
    }
    const row = rowAt(tx);
    const word = atomic.load<u32>(row, ROW_STATUS);
    const state = stateOf(word);
    const owner = ownerOf(word);
    if (owner != 0 && !isRunning(owner - 1)) {
      takeBack(row, word);
      continue;
    }
    if (state == STATE_PUBLISHING) return NOTHING; // soon executed
    const verdict = refusal(row, state, now);
    if (verdict != 0) {
      if (!refuse(tx, row, word, verdict)) return NOTHING;
    } else if (state == STATE_EXECUTING) {
      return NOTHING; // its worker validates and upgrades it, or gives it back
    } else if (state == STATE_READY) {
      if (waitsForSpeculation(row)) return NOTHING;
      if (claim(tx, row, word, incarnationOf(word), now)) return tx;
    } else if (state == STATE_EXECUTED) {
      if (atomic.cmpxchg<u32>(row, word, statusWord(incarnationOf(word), 0, STATE_COMMITTING), ROW_STATUS) != word) continue;
      if (settle(tx, row, incarnationOf(word), now)) return tx;
    } else {
      check(false, ASSERT_COMMITTED_ONCE);
      return NOTHING;
    }
  }
  return NOTHING;
}

/** The owner died before it published: the run is as good as abandoned. What it had linked is below the frontier soon. */
function takeBack(row: usize, word: u32): void {
  store<f64>(row, 0, ROW_RUN_MS);
  store<f64>(row, Infinity, ROW_STARTED_AT);
  atomic.cmpxchg<u32>(row, word, statusWord(incarnationOf(word) + 1, 0, STATE_READY), ROW_STATUS);
}

function claim(tx: i32, row: usize, word: u32, incarnation: u32, now: f64): bool {
  const executing = statusWord(incarnation, workerIndex + 1, STATE_EXECUTING);
  if (atomic.cmpxchg<u32>(row, word, executing, ROW_STATUS) != word) return false;
  beginRun(tx, executing, true, now);
  return true;
}

/** Validates the executed transaction at the frontier and commits it, or takes it for a final run: true. */
function settle(tx: i32, row: usize, incarnation: u32, now: f64): bool {
  const broken = planted(MUTATION_SKIP_VALUE_CHECK) ? <usize>0 : firstBrokenAtFrontier(<usize>load<u32>(row, ROW_READS));
  if (broken != 0) {
    noteLoss(tx, broken);
    const committing = statusWord(incarnation, 0, STATE_COMMITTING);
    return claim(tx, row, committing, incarnation + 1, now);
  }
  conclude(tx, row);
  return false;
}

/** Commits the transaction, which is COMMITTING and whose reads hold, or does what else it came to. */
function conclude(tx: i32, row: usize): void {
  const incarnation = incarnationOf(atomic.load<u32>(row, ROW_STATUS));
  let outcome = load<u32>(row, ROW_OUTCOME);
  if (outcome == OUTCOME_EXECUTED) {
    if (hasRoomToCommit(load<u32>(row, ROW_WRITES))) return commit(tx, row, incarnation);
    outcome = OUTCOME_STARVED;
    store<u32>(row, 0, ROW_RESULT_SIZE); // it holds what the run came to, not what was wrong
  }
  if (outcome == OUTCOME_UNREADABLE || (outcome != OUTCOME_INVALID && load<u32>(MODE) != MODE_BUILD)) return crash(tx);
  store<u32>(row, verdictOf(outcome), ROW_VERDICT);
  leave(tx, row, incarnation);
}

function verdictOf(outcome: u32): u32 {
  if (outcome == OUTCOME_INVALID) return VERDICT_INVALID;
  return outcome == OUTCOME_STARVED ? VERDICT_MEMORY : VERDICT_FAILED;
}

function commit(tx: i32, row: usize, incarnation: u32): void {
  const fee: usize = load<u32>(row, ROW_FEE);
  noteCommit(u32(tx), row, load<u32>(row, ROW_RUNS) == load<u32>(row, ROW_SPECULATIVE_RUNS));
  if (!commitWrites(load<u32>(row, ROW_WRITES)) || (fee != 0 && !commitFee(tx, fee))) return crash(tx);
  store<f64>(GAS_USED, load<f64>(GAS_USED) + load<f64>(row, ROW_GAS_USED));
  store<f64>(SIZE_USED, load<f64>(SIZE_USED) + f64(load<u32>(row, ROW_SIZE_BYTES)));
  check(load<f64>(GAS_USED) <= load<f64>(GAS_LIMIT), ASSERT_STATE);
  store<u32>(row, VERDICT_COMMITTED, ROW_VERDICT);
  atomic.store<u32>(row, statusWord(incarnation, 0, STATE_COMMITTED), ROW_STATUS);
  moveOn(tx);
}

/** Why the transaction may not even be tried at this place: VERDICT_*, or 0. */
function refusal(row: usize, state: u32, now: f64): u32 {
  // What has been executed already needs no more time, if it holds.
  if (state != STATE_EXECUTED && isOverTime(now)) {
    return isTooSlow(row, state, now) ? VERDICT_TOO_SLOW : VERDICT_TIME;
  }
  if (fits(row)) return 0;
  return fitsGas(row) ? VERDICT_SIZE : VERDICT_GAS;
}

/** By the run that is under way, or else by the last one. */
function isTooSlow(row: usize, state: u32, now: f64): bool {
  const ms = state == STATE_EXECUTING ? now - load<f64>(row, ROW_STARTED_AT) : load<f64>(row, ROW_RUN_MS);
  return ms > load<f64>(BUDGET) * TOO_SLOW_SHARE;
}

/** Leaves the transaction out for `verdict`, whoever runs it; that run finds its status changed. False: look again. */
function refuse(tx: i32, row: usize, word: u32, verdict: u32): bool {
  const incarnation = incarnationOf(word) + 1;
  const taken = statusWord(incarnation, 0, STATE_COMMITTING);
  if (atomic.cmpxchg<u32>(row, word, taken, ROW_STATUS) != word) return true;
  store<u32>(row, verdict, ROW_VERDICT);
  return leave(tx, row, incarnation);
}

function leave(tx: i32, row: usize, incarnation: u32): bool {
  if (load<u32>(MODE) != MODE_BUILD) {
    store<u32>(FAILED_TX, u32(tx));
    stopBlock(STOP_INVALID);
    return false;
  }
  if (!withdrawWrites(<usize>load<u32>(row, ROW_WRITES))) return false;
  atomic.store<u32>(row, statusWord(incarnation, 0, STATE_LEFT_OUT), ROW_STATUS);
  moveOn(tx);
  return true;
}

function moveOn(tx: i32): void {
  check(atomic.load<u32>(FRONTIER) == u32(tx), ASSERT_COMMITTED_ONCE);
  atomic.store<u32>(FRONTIER, u32(tx) + 1);
  noteChange();
}

/** Ends the block because transaction `tx` could not be run on final state: a fault of this node, not of the block. */
function crash(tx: i32): void {
  store<u32>(FAILED_TX, u32(tx));
  stopBlock(STOP_CRASHED);
}
