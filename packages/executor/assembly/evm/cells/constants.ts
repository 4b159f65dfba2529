// The words that cells name as constants: small ones, which all codes share, and those of a code.
import { SMALL_WORD_COUNT, SMALL_WORDS, workerArena } from "../layout";
import * as op from "../opcodes";
import { pushBytes, pushedBytes } from "../pushes";
import { isSmall, setSmall } from "../words/word";

let workerMap: usize = 0;
let workerConstantTop: usize = 0;

/** Writes the small words, once. */
export function placeSmallWords(): void {
  for (let value: usize = 0; value < SMALL_WORD_COUNT; value++) setSmall(smallWord(value), value);
}

/** Bytes that constants of the code need at most, with one for what is not kept. */
export function constantsSize(bytes: usize, size: usize): usize {
  let count: usize = 1;
  for (let offset: usize = 0; offset < size; ) {
    const opcode: u32 = load<u8>(bytes + offset);
    if (opcode > op.PUSH1 && opcode <= op.PUSH32 && isKept(bytes + offset, opcode)) count++;
    offset += 1 + pushedBytes(opcode);
  }
  return count * 32;
}

/** Begins with the constants of a code, at `place`; those that were made stand in `map`, where the pushed bytes begin. */
export function beginConstants(map: usize, place: usize): void {
  workerMap = map;
  workerConstantTop = place;
}

/**
 * The word that the operation at `pc`, `offset` bytes from the beginning of its code, pushes: PUSH0 to PUSH32. It is good for
 * the next operation alone if that is a jump.
 */
export function constantOf(opcode: u32, pc: usize, offset: usize): usize {
  if (opcode == op.PUSH0) return smallWord(0);
  if (opcode == op.PUSH1) return smallWord(load<u8>(pc, 1));
  const entry = workerMap + ((offset + 1) << 2);
  const known: usize = load<u32>(entry);
  if (known != 0) return known;
  const place = workerConstantTop;
  pushBytes(place, pc, opcode - op.PUSH1 + 1);
  if (isSmall(place) && load<u64>(place) < SMALL_WORD_COUNT) return smallWord(usize(load<u64>(place)));
  if (isKept(pc, opcode)) {
    workerConstantTop += 32;
    store<u32>(entry, u32(place));
  }
  return place;
}

/** Whether what the push at `pc` pushes may be asked for later: no jump takes it at once. */
function isKept(pc: usize, opcode: u32): bool {
  const next: u32 = load<u8>(pc + 1 + pushedBytes(opcode));
  return next != op.JUMP && next != op.JUMPI;
}

@inline
function smallWord(value: usize): usize {
  return workerArena + SMALL_WORDS + (value << 5);
}
