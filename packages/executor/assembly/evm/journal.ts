// What a revert takes back: places of memory as they were, latest first, and the refund counter and logs beside them.
import { allocateRecord } from "./records";
import { add, subtract } from "./words/addition";

//   0 previous | 4 kind | 8 place | 12 bits | 16 what stood there .. 48
const ENTRY_PREVIOUS: usize = 0;
const ENTRY_KIND: usize = 4;
const ENTRY_PLACE: usize = 8;
const ENTRY_BITS: usize = 12;
const ENTRY_VALUE: usize = 16;
const SHORT_ENTRY: usize = 32;
const WORD_ENTRY: usize = 48;

const CLEAR_BITS: u32 = 0;
const RESTORE_U32: u32 = 1;
const RESTORE_U64: u32 = 2;
const RESTORE_WORD: u32 = 3;
const RESTORE_DISTANCE: u32 = 4;

let workerLastUndo: usize = 0;
/** Gas to refund when the transaction ends (EIP-3529); may be below 0 for a while. */
export let workerRefund: i64 = 0;

/** Forgets the changes of the transaction before. */
export function resetJournal(): void {
  workerLastUndo = 0;
  workerRefund = 0;
}

/** Names this moment for revertTo. */
@inline
export function checkpoint(): usize {
  return workerLastUndo;
}

/** Takes back every change since `moment`; the refund counter becomes what it was then. */
export function revertTo(moment: usize, refund: i64): void {
  let entry = workerLastUndo;
  while (entry != moment) {
    undo(entry);
    entry = load<u32>(entry, ENTRY_PREVIOUS);
  }
  workerLastUndo = moment;
  workerRefund = refund;
}

/** Adds to the refund counter, or takes from it. */
@inline
export function addRefund(gas: i64): void {
  workerRefund += gas;
}

/** Sets a bit of the u32 at `place`; returns whether it was set before. */
export function setBit(place: usize, bit: u32): bool {
  const bits = load<u32>(place);
  if ((bits & bit) != 0) return true;
  const entry = push(CLEAR_BITS, place, SHORT_ENTRY);
  store<u32>(entry, bit, ENTRY_BITS);
  store<u32>(place, bits | bit);
  return false;
}

/** Call before the u32 at `place` changes. */
export function rememberU32(place: usize): void {
  store<u32>(push(RESTORE_U32, place, SHORT_ENTRY), load<u32>(place), ENTRY_VALUE);
}

/** Call before the u64 at `place` changes. */
export function rememberU64(place: usize): void {
  store<u64>(push(RESTORE_U64, place, SHORT_ENTRY), load<u64>(place), ENTRY_VALUE);
}

/** Call before the 32 bytes at `place` change. */
export function rememberWord(place: usize): void {
  const entry = push(RESTORE_WORD, place, WORD_ENTRY);
  v128.store(entry, v128.load(place), ENTRY_VALUE);
  v128.store(entry, v128.load(place, 16), ENTRY_VALUE + 16);
}

/** The same where what counts is how far the word is from the one behind it, which may become known meanwhile. */
export function rememberDistance(place: usize): void {
  subtract(push(RESTORE_DISTANCE, place, WORD_ENTRY) + ENTRY_VALUE, place, place + 32);
}

@inline
function push(kind: u32, place: usize, size: usize): usize {
  const entry = allocateRecord(size);
  store<u32>(entry, u32(workerLastUndo), ENTRY_PREVIOUS);
  store<u32>(entry, kind, ENTRY_KIND);
  store<u32>(entry, u32(place), ENTRY_PLACE);
  workerLastUndo = entry;
  return entry;
}

function undo(entry: usize): void {
  const place: usize = load<u32>(entry, ENTRY_PLACE);
  switch (load<u32>(entry, ENTRY_KIND)) {
    case CLEAR_BITS: {
      store<u32>(place, load<u32>(place) & ~load<u32>(entry, ENTRY_BITS));
      return;
    }
    case RESTORE_U32: {
      store<u32>(place, load<u32>(entry, ENTRY_VALUE));
      return;
    }
    case RESTORE_U64: {
      store<u64>(place, load<u64>(entry, ENTRY_VALUE));
      return;
    }
    case RESTORE_DISTANCE: {
      add(place, place + 32, entry + ENTRY_VALUE);
      return;
    }
    default: {
      v128.store(place, v128.load(entry, ENTRY_VALUE));
      v128.store(place, v128.load(entry, ENTRY_VALUE + 16), 16);
    }
  }
}
