// The frames of a message and what it calls: records one above the other, each with its stack and its memory behind it.
//
//   segment: chunk header | frame record | stack, 33 KiB | init code, if it is a creation | memory | next record | ...
//
// Only the innermost frame grows. Where its segment ends, its memory moves to the next segment, or the next frame begins
// there; segments stay in their order until the run is over.
import { SPARE_PLACES } from "./cells/cell";
import { CHUNK_HEADER, CHUNK_NEXT, chunkEnd, giveChunk, takeChunk } from "./chunks";
import { STACK_LIMIT } from "./opcode-table";
import { outOfMemory } from "./run-state";
import { setSmall } from "./words/word";

//   0 parent | 4 kind | 8 code | 12 pc | 16 sp | 20 stack | 24 memory | 28 segment | 32 memorySize | 36 isStatic | 40 gas
//   48 input | 52 inputSize | 56 account | 60 caller | 64 value | 96 depth | 100 undo | 104 lastLog | 108 logCount
//   112 refund | 120 outputOffset | 124 outputSize | 128 returnOffset | 132 returnSize .. 144
@unmanaged class Frame {
  parent: u32; kind: u32; code: u32; pc: u32; sp: u32; stack: u32; memory: u32; segment: u32; memorySize: u32;
  isStatic: u32; gas: i64; input: u32; inputSize: u32; account: u32; caller: u32; v0: u64; v1: u64; v2: u64; v3: u64;
  depth: u32; undo: u32; lastLog: u32; logCount: u32; refund: i64; outputOffset: u32; outputSize: u32;
  returnOffset: u32; returnSize: u32; spare: u64;
}
export const FRAME_PARENT: usize = offsetof<Frame>("parent");
/** FRAME_CALL, FRAME_CREATE or FRAME_BORROW. */
export const FRAME_KIND: usize = offsetof<Frame>("kind");
/** The Code record that runs. */
export const FRAME_CODE: usize = offsetof<Frame>("code");
/** Where the next operation lies; good while the frame does not run. */
export const FRAME_PC: usize = offsetof<Frame>("pc");
/** Where the top of the stack lies; good while the frame does not run. */
export const FRAME_SP: usize = offsetof<Frame>("sp");
/** Where the top of an empty stack would lie: 32 bytes below its first word. */
export const FRAME_STACK: usize = offsetof<Frame>("stack");
export const FRAME_MEMORY: usize = offsetof<Frame>("memory");
/** The segment that the memory lies in. */
export const FRAME_SEGMENT: usize = offsetof<Frame>("segment");
export const FRAME_MEMORY_SIZE: usize = offsetof<Frame>("memorySize");
export const FRAME_IS_STATIC: usize = offsetof<Frame>("isStatic");
/** Gas left; good while the frame does not run. */
export const FRAME_GAS: usize = offsetof<Frame>("gas");
export const FRAME_INPUT: usize = offsetof<Frame>("input");
export const FRAME_INPUT_SIZE: usize = offsetof<Frame>("inputSize");
/** Account records: whose state it works on, and who called. */
export const FRAME_ACCOUNT: usize = offsetof<Frame>("account");
export const FRAME_CALLER: usize = offsetof<Frame>("caller");
export const FRAME_VALUE: usize = offsetof<Frame>("v0");
/** 0 for the message itself. */
export const FRAME_DEPTH: usize = offsetof<Frame>("depth");
/** What a revert of it goes back to: journal, logs, refund. */
export const FRAME_UNDO: usize = offsetof<Frame>("undo");
export const FRAME_LAST_LOG: usize = offsetof<Frame>("lastLog");
export const FRAME_LOG_COUNT: usize = offsetof<Frame>("logCount");
export const FRAME_REFUND: usize = offsetof<Frame>("refund");
/** Where in its memory RETURN or REVERT found the output. */
export const FRAME_OUTPUT_OFFSET: usize = offsetof<Frame>("outputOffset");
export const FRAME_OUTPUT_SIZE: usize = offsetof<Frame>("outputSize");
/** Where in its memory it wants the output of what it called. */
export const FRAME_RETURN_OFFSET: usize = offsetof<Frame>("returnOffset");
export const FRAME_RETURN_SIZE: usize = offsetof<Frame>("returnSize");
const FRAME_SIZE: usize = offsetof<Frame>();
if (FRAME_SIZE != 144) ERROR("Frame drifted from its picture");

export const FRAME_CALL: u32 = 0;
export const FRAME_CREATE: u32 = 1;
/** CALLCODE and DELEGATECALL: another account's code on the caller's account; moves no value. */
export const FRAME_BORROW: u32 = 2;
/** Frames below the message's own (EIP-150's table); one more fails its caller's call. */
export const DEPTH_LIMIT: u32 = 1024;

const WORD: usize = 32;
/** Record, the word below the stack, the stack, and what cells use above it. */
const FRAME_ROOM: usize = FRAME_SIZE + WORD + (usize(STACK_LIMIT) + SPARE_PLACES) * WORD;
const FIRST_SEGMENT: usize = 512 * 1024 - CHUNK_HEADER;
const LONGEST_CLEARED_HERE: usize = 8 * WORD;

let workerFirstSegment: usize = 0;

/** Drops what frames of the run before took, but for the first segment. */
export function resetFrames(): void {
  if (workerFirstSegment == 0) return;
  let segment: usize = load<u32>(workerFirstSegment, CHUNK_NEXT);
  store<u32>(workerFirstSegment, 0, CHUNK_NEXT);
  while (segment != 0) {
    const next: usize = load<u32>(segment, CHUNK_NEXT);
    giveChunk(segment);
    segment = next;
  }
}

/**
 * A frame inside of `parent` (0: the message's own), with an empty stack and memory, and `extra` bytes (a multiple of 16)
 * at extraRoom(). 0: the run is void.
 */
export function pushFrame(parent: usize, extra: usize): usize {
  const room = roomAbove(parent, FRAME_ROOM + extra);
  if (room == 0) return 0;
  const segment = workerRoomSegment;
  const stack = room + FRAME_SIZE;
  store<u32>(room, u32(parent), FRAME_PARENT);
  store<u32>(room, u32(stack), FRAME_STACK);
  store<u32>(room, u32(stack), FRAME_SP);
  store<u32>(room, u32(room + FRAME_ROOM + extra), FRAME_MEMORY);
  store<u32>(room, 0, FRAME_MEMORY_SIZE);
  store<u32>(room, u32(segment), FRAME_SEGMENT);
  store<u32>(room, parent == 0 ? 0 : load<u32>(parent, FRAME_DEPTH) + 1, FRAME_DEPTH);
  store<u64>(room, 0, FRAME_OUTPUT_OFFSET);
  store<u64>(room, 0, FRAME_RETURN_OFFSET);
  return room;
}

/** Where the extra bytes of `frame` lie. */
@inline
export function extraRoom(frame: usize): usize {
  return frame + FRAME_ROOM;
}

/** Makes the innermost frame's memory `size` bytes large, its new part zero. Its place may change. False: void. */
export function growFrameMemory(frame: usize, size: usize): bool {
  const oldSize: usize = load<u32>(frame, FRAME_MEMORY_SIZE);
  let bytes: usize = load<u32>(frame, FRAME_MEMORY);
  const segment: usize = load<u32>(frame, FRAME_SEGMENT);
  if (size > chunkEnd(segment) - bytes) {
    const next = nextSegment(segment, size);
    if (next == 0) return false;
    memory.copy(next + CHUNK_HEADER, bytes, oldSize);
    bytes = next + CHUNK_HEADER;
    store<u32>(frame, u32(bytes), FRAME_MEMORY);
    store<u32>(frame, u32(next), FRAME_SEGMENT);
  }
  clearWords(bytes + oldSize, bytes + size);
  store<u32>(frame, u32(size), FRAME_MEMORY_SIZE);
  return true;
}

/** Writes zeros from `start` to `end`, a number of words. Mostly it is one: to call the host for that takes several times as long. */
@inline
function clearWords(start: usize, end: usize): void {
  if (end - start > LONGEST_CLEARED_HERE) memory.fill(start, 0, end - start);
  else for (let word = start; word != end; word += WORD) setSmall(word, 0);
}

/** The segment of the room that was found last. */
let workerRoomSegment: usize = 0;

function roomAbove(frame: usize, size: usize): usize {
  if (frame == 0 && !haveFirstSegment()) return 0;
  let segment = workerFirstSegment;
  let top = segment + CHUNK_HEADER;
  if (frame != 0) {
    segment = load<u32>(frame, FRAME_SEGMENT);
    top = (<usize>load<u32>(frame, FRAME_MEMORY) + <usize>load<u32>(frame, FRAME_MEMORY_SIZE) + 15) & ~15;
  }
  if (top > chunkEnd(segment) || size > chunkEnd(segment) - top) {
    segment = nextSegment(segment, size);
    top = segment + CHUNK_HEADER;
  }
  workerRoomSegment = segment;
  return segment == 0 ? 0 : top;
}

function haveFirstSegment(): bool {
  if (workerFirstSegment != 0) return true;
  workerFirstSegment = takeChunk(FIRST_SEGMENT);
  if (workerFirstSegment == 0) outOfMemory();
  else store<u32>(workerFirstSegment, 0, CHUNK_NEXT);
  return workerFirstSegment != 0;
}

/** The segment after `segment` if it holds `size` bytes, else a new one between them, twice as large where memory allows. */
function nextSegment(segment: usize, size: usize): usize {
  const next: usize = load<u32>(segment, CHUNK_NEXT);
  if (next != 0 && size <= chunkEnd(next) - next - CHUNK_HEADER) return next;
  const double = (chunkEnd(segment) - segment) * 2 - CHUNK_HEADER;
  let added = size < double ? takeChunk(double) : 0;
  if (added == 0) added = takeChunk(size);
  if (added == 0) {
    outOfMemory();
    return 0;
  }
  store<u32>(added, u32(next), CHUNK_NEXT);
  store<u32>(segment, u32(added), CHUNK_NEXT);
  return added;
}
