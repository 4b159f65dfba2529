// The stack of a stretch of code as it is followed while decoding: which value stands at which position, without its being
// there yet. Position 0 is the top when the stretch begins, 1 is above it, -1 below.
//
// A value is an operand as cells have it: a constant, or the place of a position, in which it was before or into which a
// cell wrote it. A place is not written while a value refers to it; so results may stay where they are until settle() moves
// each value to the place of its position.
import { CHUNK_HEADER, takeChunk } from "../chunks";
import { CELL_EXCHANGE, CELL_TARGET, SPARE_PLACES, STACK_BIAS } from "./cell";
import { emit, emitMove, nextCell } from "./emit";

/** A block that can be entered reaches 1,024 words down and up, with what it may use above. */
const LOWEST: i32 = -1088;
const SPAN: i32 = 2304;
/** Places that are tried for a result before the stretch is ended instead. */
const MOST_TRIES: i32 = 16;
/** Places at the very top, which only hold() uses. */
const HELD_PLACES: i32 = 2;

//   0 stamp | 4 value at the position | 8 references to the place | 12 maker .. 16 | 16 touched | 20 spare .. 32
@unmanaged class Plan { stamp: u32; value: i32; references: i32; maker: u32; touched: u32; s0: u32; s1: u32; s2: u32; }
const STAMP: usize = offsetof<Plan>("stamp");
const VALUE: usize = offsetof<Plan>("value");
const REFERENCES: usize = offsetof<Plan>("references");
/** The cell that wrote the place, while no other has read it. */
const MAKER: usize = offsetof<Plan>("maker");
/** The last cell that read or wrote the place. */
const TOUCHED: usize = offsetof<Plan>("touched");
const ENTRY: usize = offsetof<Plan>();

let workerPlan: usize = 0;
/** An entry with another stamp is as it was when the stretch began. */
let workerStamp: u32 = 0;
let workerTop: i32 = 0;
/** The lowest position whose value may be elsewhere. */
let workerLowest: i32 = 1;
let workerHighestPlace: i32 = 0;

/** Makes sure that there is room for plans. False: memory is at its end. */
export function preparePlans(): bool {
  if (workerPlan != 0) return true;
  const chunk = takeChunk(usize(SPAN) * ENTRY);
  if (chunk == 0) return false;
  workerPlan = chunk + CHUNK_HEADER;
  memory.fill(workerPlan, 0, usize(SPAN) * ENTRY);
  return true;
}

/** Begins a stretch, after which the stack may grow by up to `most` words. */
export function beginStretch(most: i32): void {
  if (++workerStamp == 0) forgetPlans();
  workerTop = 0;
  workerLowest = 1;
  allowGrowth(most);
}

/** Of 2^32 stretches before: none of them may be taken for the one that begins. */
function forgetPlans(): void {
  memory.fill(workerPlan, 0, usize(SPAN) * ENTRY);
  workerStamp = 1;
}

/** Says by how many words the stack may grow since the stretch began: more than before. */
export function allowGrowth(most: i32): void {
  workerHighestPlace = most + i32(SPARE_PLACES) - HELD_PLACES;
}

/** Words by which the stack has grown in this stretch. */
@inline
export function growth(): i32 {
  return workerTop;
}

export function pushValue(value: i32): void {
  workerTop++;
  setValue(workerTop, value);
  refer(value, 1);
}

/** Takes the top value off; nothing refers to it any more. */
export function popValue(): i32 {
  const value = valueAt(workerTop);
  refer(value, -1);
  workerTop--;
  return value;
}

/** The value at `depth` below the top. */
export function peekValue(depth: i32): i32 {
  return valueAt(workerTop - depth);
}

/** SWAP1 for 1, and so on. */
export function swapValues(depth: i32): void {
  const top = valueAt(workerTop);
  setValue(workerTop, valueAt(workerTop - depth));
  setValue(workerTop - depth, top);
}

/** Whether an operation finds a place for its result; else the stretch has to end before it. */
export function hasRoom(): bool {
  // An operation takes three words at most, after which its place is at the top or above.
  const lowest = workerTop - 2;
  for (let place = workerTop + 1; place < lowest + MOST_TRIES && place <= workerHighestPlace; place++) {
    if (referencesTo(place) == 0) return true;
  }
  return false;
}

/** A place for the value that is pushed next, to which nothing refers; there is one while hasRoom() holds. */
export function freePlace(): i32 {
  let place = workerTop + 1;
  while (referencesTo(place) != 0) place++;
  return place;
}

/** A place as cells write to it. */
@inline
export function targetOf(place: i32): i32 {
  return place * 32;
}

/** A place as cells read it. */
@inline
export function valueOf(place: i32): i32 {
  return place * 32 - STACK_BIAS;
}

/** Whether nothing on the stack refers to this value's place. */
export function isUnused(value: i32): bool {
  return value < 0 && referencesTo(placeOf(value)) == 0;
}

/** Notes that the cell that comes next reads `value`. */
export function noteRead(value: i32): void {
  if (value >= 0) return;
  const entry = entryAt(placeOf(value));
  store<u32>(entry, u32(nextCell()), TOUCHED);
  store<u32>(entry, 0, MAKER);
}

/** Notes that the cell that comes next writes `place`, and that its target may become another place. */
export function noteResult(place: i32): void {
  noteWritten(place);
  store<u32>(entryAt(place), u32(nextCell()), MAKER);
}

/** A popped operand that is read after settle(): `value`, or a copy of it, the `index`th, where settle() will write over it. */
export function hold(value: i32, index: i32): i32 {
  if (value >= 0) return value;
  noteRead(value);
  const place = placeOf(value);
  if (place < workerLowest || place > workerTop || isSettled(place)) return value;
  const copy = workerHighestPlace + 1 + index;
  noteWritten(copy);
  emitMove(targetOf(copy), value);
  return valueOf(copy);
}

/** Emits the moves after which each value stands at its position. */
export function settle(): void {
  for (let position = workerLowest; position <= workerTop; position++) moveChain(position);
  for (let position = workerLowest; position <= workerTop; position++) rotateCycle(position);
  workerLowest = workerTop + 1;
}

/** Fills the place of `position` if nothing needs what is there, then the place that became free by it, and so on. */
function moveChain(position: i32): void {
  while (!isSettled(position) && referencesTo(position) == 0) {
    const value = valueAt(position);
    move(position, value);
    if (value >= 0) return;
    const left = placeOf(value);
    if (left < workerLowest || left > workerTop) return;
    position = left;
  }
}

/** What moveChain() leaves are cycles: each place is needed by one other position. */
function rotateCycle(first: i32): void {
  if (isSettled(first)) return;
  let position = first;
  // What stood at `first` wanders along, to the last position, which needs it.
  while (valueAt(position) != valueOf(first)) {
    const value = valueAt(position);
    noteRead(value);
    noteWritten(position);
    emit(CELL_EXCHANGE, 0, targetOf(position), value, 0);
    setValue(position, valueOf(position));
    position = placeOf(value);
  }
  setValue(position, valueOf(position));
}

/** Lets `value` be at the place of `position`: by a move, or by making it there. */
function move(position: i32, value: i32): void {
  const maker = value < 0 ? makerOf(placeOf(value)) : 0;
  if (maker != 0 && referencesTo(placeOf(value)) == 1 && touchedBy(position) <= maker) {
    store<i32>(maker, targetOf(position), CELL_TARGET);
    store<u32>(entryAt(position), u32(maker), TOUCHED);
  } else {
    noteRead(value);
    noteWritten(position);
    emitMove(targetOf(position), value);
  }
  refer(value, -1);
  setValue(position, valueOf(position));
  refer(valueOf(position), 1);
}

function isSettled(position: i32): bool {
  return valueAt(position) == valueOf(position);
}

function valueAt(position: i32): i32 {
  return load<i32>(entryAt(position), VALUE);
}

function setValue(position: i32, value: i32): void {
  store<i32>(entryAt(position), value, VALUE);
  if (position < workerLowest) workerLowest = position;
}

function referencesTo(place: i32): i32 {
  return load<i32>(entryAt(place), REFERENCES);
}

function refer(value: i32, change: i32): void {
  if (value >= 0) return;
  const entry = entryAt(placeOf(value));
  store<i32>(entry, load<i32>(entry, REFERENCES) + change, REFERENCES);
}

function makerOf(place: i32): usize {
  return load<u32>(entryAt(place), MAKER);
}

function touchedBy(place: i32): usize {
  return load<u32>(entryAt(place), TOUCHED);
}

function noteWritten(place: i32): void {
  const entry = entryAt(place);
  store<u32>(entry, u32(nextCell()), TOUCHED);
  store<u32>(entry, 0, MAKER);
}

/** Of a position and its place, which begin as one: what is on the stack stands where it should. */
function entryAt(position: i32): usize {
  const entry = workerPlan + usize(position - LOWEST) * ENTRY;
  if (load<u32>(entry, STAMP) != workerStamp) {
    store<u32>(entry, workerStamp, STAMP);
    store<i32>(entry, valueOf(position), VALUE);
    store<i32>(entry, position <= 0 ? 1 : 0, REFERENCES);
    store<u64>(entry, 0, MAKER);
  }
  return entry;
}

@inline
function placeOf(value: i32): i32 {
  return (value + STACK_BIAS) >> 5;
}
