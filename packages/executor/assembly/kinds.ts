// Which transactions are deferred: those of a kind that keep losing to one another. A kind is what calls the same contract;
// what has no data, or does not say so plainly, is one more. While a kind is at odds, one of it at most is under way at a
// time: the next is deferred until all below it have been executed, and whoever executed the last looks for it first. So
// a chain costs what serial execution costs, and others go on beside it. Commits of transactions that would have held ahead of
// their turn end that, after a rest that doubles while it goes wrong. All of this is guessed: words are not atomic, and a
// lost update costs nothing but time.
import { openEnvelope } from "./envelope";
import {
  CHAIN_ID, HEAD_LOSSES, KIND_COUNT, KIND_LAST, KINDS, KINDS_KNOWN, RECORD_TX, ROW_KIND, ROW_PAYLOAD, ROW_PAYLOAD_SIZE,
  ROW_READS, ROW_WAS_DEFERRED, STATE_EXECUTED,
} from "./layout";
import { hashAddress } from "./location-hash";
import { readsFrom } from "./read-set";
import { ADDRESS_PREFIX, isStrange, readFixed, readString, stringSize } from "./rlp-cursor";
import { rowAt } from "./transactions";
import { visibleRecord } from "./versioned-memory";

// A kind's word: 0 heat 16 bits | 16 rest 16 bits
/** Losses that are not made up for by as many runs that held, from which on a kind is at odds. */
export const AT_ODDS: u32 = 3;
/** Transactions of a kind at odds that read nothing of the one before, until it speculates again: at first, and at most. */
const FIRST_REST: u32 = 16;
const LONGEST_REST: u32 = 1024;

/** One in so many transactions of a kind at odds is asked what it read, and speaks for the others: asking takes its time. */
const ASKED_OF: u32 = 4;

/** 2^32 divided by the golden ratio: its multiples are spread evenly (Knuth, TAOCP 3, 6.4). */
const GOLDEN: u32 = 0x9e3779b1;

/** What cannot be told apart. */
const OTHERS: u32 = 0;

/** Kinds at odds of which something lies below the transaction that this worker looks at, unexecuted: a bit each. */
let workerHeld: u64 = 0;

/** A stretch of one kind: this worker has found each from its start to its end deferred. A chain is passed over at once. */
let workerStretchStart: u32 = 0;
let workerStretchEnd: u32 = 0;
let workerStretchBit: u64 = 0;

/** Forgets what this worker saw of the last block. */
export function forgetStretch(): void {
  workerStretchStart = 0;
  workerStretchEnd = 0;
}

/** Before a worker looks through transactions, from `lowest` on. */
export function beginLook(lowest: u32): void {
  workerHeld = 0;
  if (workerStretchEnd <= lowest) forgetStretch();
}

/** Which transaction to look at after `tx`: not those that can only be deferred as well, since kinds never change. */
export function nextToLookAt(tx: u32): u32 {
  const isWithin = tx >= workerStretchStart && tx < workerStretchEnd;
  return isWithin && (workerHeld & workerStretchBit) != 0 ? workerStretchEnd : tx + 1;
}

/** Whether transaction `tx`, which this worker runs, defers all others below `end`, as far as it has seen before. */
export function holdsBack(tx: u32, end: u32): bool {
  if (tx < workerStretchStart || end > workerStretchEnd) return false;
  return heatOf(u32(ctz(workerStretchBit))) >= AT_ODDS;
}

/**
 * Whether transaction `tx`, of `row`, is deferred, for one of its kind below it that was looked at before. If it is not,
 * and not executed itself, those above it will be.
 */
export function isDeferred(tx: u32, row: usize, state: u32): bool {
  if (load<u32>(KINDS_KNOWN) == 0) return false;
  const kind = kindOf(row);
  if (heatOf(kind) < AT_ODDS) return false;
  const bit = u64(1) << kind;
  if ((workerHeld & bit) == 0) {
    if (state != STATE_EXECUTED) workerHeld |= bit;
    return false;
  }
  if (state <= STATE_EXECUTED && load<u32>(row, ROW_WAS_DEFERRED) == 0) store<u32>(row, 1, ROW_WAS_DEFERRED);
  extendStretch(tx, bit);
  return true;
}

function extendStretch(tx: u32, bit: u64): void {
  if (workerStretchEnd == 0) {
    workerStretchStart = tx;
    workerStretchBit = bit;
  } else if (tx != workerStretchEnd || bit != workerStretchBit) {
    return;
  }
  workerStretchEnd = tx + 1;
}

/** A run of transaction `tx` is thrown away, since `head` is not as it was read. */
export function noteLoss(tx: i32, head: usize): void {
  atomic.add<u32>(head, 1, HEAD_LOSSES);
  const record = visibleRecord(head, tx);
  const writer = record == 0 ? -1 : load<i32>(record, RECORD_TX);
  if (writer < 0) return;
  const kind = kindOf(rowAt(tx));
  if (kindOf(rowAt(writer)) == kind) heat(kind);
}

/** A run of the transaction of `row` was given up, for want of what one below it may still bring. */
export function noteWant(row: usize): void {
  heat(kindOf(row));
}

/** Before transaction `tx`, of `row`, is committed; `hasSpeculated`: what it did as speculation holds. */
export function noteCommit(tx: u32, row: usize, hasSpeculated: bool): void {
  if (load<u32>(KINDS_KNOWN) == 0) return;
  const kind = kindOf(row);
  const last = KIND_LAST + (usize(kind) << 2);
  const before = load<u32>(last);
  store<u32>(last, tx + 1);
  const current = heatOf(kind);
  if (current == 0) return;
  if (current < AT_ODDS) {
    if (hasSpeculated) setWord(kind, current - 1, current == 1 ? 0 : restOf(kind));
    return;
  }
  // While it is at odds nothing shows whether one ahead of its turn would hold, but what those read that had to wait.
  if (!isAsked(tx) || (before != 0 && readsFrom(load<u32>(row, ROW_READS), before - 1))) return;
  setWord(kind, current < AT_ODDS + ASKED_OF ? AT_ODDS - 1 : current - ASKED_OF, restOf(kind));
}

/** One in ASKED_OF, not by turns: what takes turns in a block would be asked always or never. */
@inline
function isAsked(tx: u32): bool {
  return tx * GOLDEN < u32.MAX_VALUE / ASKED_OF;
}

function heat(kind: u32): void {
  const current = heatOf(kind);
  if (current >= AT_ODDS) return; // it was under way when its kind fell out
  store<u32>(KINDS_KNOWN, 1);
  if (current + 1 < AT_ODDS) return setWord(kind, current + 1, restOf(kind));
  const rest = restOf(kind) == 0 ? FIRST_REST : min(2 * restOf(kind), LONGEST_REST);
  setWord(kind, AT_ODDS - 1 + rest, rest);
}

@inline
function wordOf(kind: u32): usize {
  return KINDS + (usize(kind) << 2);
}

@inline
function heatOf(kind: u32): u32 {
  return load<u16>(wordOf(kind));
}

@inline
function restOf(kind: u32): u32 {
  return load<u16>(wordOf(kind), 2);
}

function setWord(kind: u32, heat: u32, rest: u32): void {
  store<u32>(wordOf(kind), heat | (rest << 16));
}

function kindOf(row: usize): u32 {
  const known = load<u32>(row, ROW_KIND);
  if (known != 0) return known - 1;
  const kind = readKind(load<u32>(row, ROW_PAYLOAD), load<u32>(row, ROW_PAYLOAD_SIZE));
  store<u32>(row, kind + 1, ROW_KIND);
  return kind;
}

function readKind(raw: usize, size: usize): u32 {
  const type = openEnvelope(raw, size, load<u64>(CHAIN_ID));
  const before: u32 = type < 2 ? 3 : 4; // nonce, fees, gas limit
  for (let field: u32 = 0; field < before; field++) readString();
  const to = readFixed(ADDRESS_PREFIX);
  readString(); // value
  readString(); // data
  if (isStrange || stringSize == 0) return OTHERS;
  // By a secret hash: nobody chooses an address to share the fate of another's contract.
  return 1 + (hashAddress(to) % (KIND_COUNT - 1));
}
