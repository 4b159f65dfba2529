// The memory of the frame that runs, and what it costs to make it larger.
import { FRAME_MEMORY, FRAME_MEMORY_SIZE, growFrameMemory } from "./frame";
import { MEMORY_QUADRATIC, MEMORY_WORD } from "./gas";
import { halt, outOfGas } from "./halt";
import { HALT_OUT_OF_MEMORY } from "./layout";
import { outOfMemory, poll } from "./run-state";
import { isSmall } from "./words/word";

/** The frame that runs. */
export let workerFrame: usize = 0;
/** Where its memory lies now. */
export let workerMemory: usize = 0;
/** Bytes of it; a multiple of 32. */
export let workerMemorySize: u64 = 0;

/** Bytes worked through since it was last asked whether the run is still wanted. */
let workerBytes: u64 = 0;

/** Some milliseconds of KECCAK256, in code that may have no jumps. */
const BYTES_PER_POLL: u64 = 1 << 20;
/** More than any gas limit. */
const UNPAYABLE: i64 = 1 << 60;
/** Beyond it no gas limit reaches: 2^31 words cost 2^53 gas. */
const LARGEST_MEMORY: u64 = 1 << 36;
/** Larger than any memory, and harmless to add up. */
const BEYOND: u64 = 1 << 40;
/** Of an address space of 4 GiB. */
const MOST_WORDS: i64 = 0x3ffffff;

/** Makes `frame` the one that runs. */
export function enterFrame(frame: usize): void {
  workerFrame = frame;
  workerMemory = load<u32>(frame, FRAME_MEMORY);
  workerMemorySize = load<u32>(frame, FRAME_MEMORY_SIZE);
}

/** The word at `a` as an offset or a size: itself, or something beyond every memory. */
@inline
export function bounded(a: usize): u64 {
  return isSmall(a) && load<u64>(a) < BEYOND ? load<u64>(a) : BEYOND;
}

/** Makes sure that memory reaches over `size` bytes from `offset` (both bounded); returns the gas left after it. */
@inline
export function reachMemory(offset: u64, size: u64, gas: i64): i64 {
  return size == 0 || offset + size <= workerMemorySize ? gas : expand(offset + size, gas);
}

/** What it costs by the word to work through `size` bytes; more than all gas once nobody wants the run any more. */
@inline
export function byWords(size: u64, price: i64): i64 {
  workerBytes += size;
  if (workerBytes >= BYTES_PER_POLL && isUnwanted()) return UNPAYABLE;
  return i64((size + 31) >> 5) * price;
}

function isUnwanted(): bool {
  workerBytes = 0;
  return poll();
}

function expand(end: u64, gas: i64): i64 {
  if (end > LARGEST_MEMORY) return outOfGas();
  const words = i64((end + 31) >> 5);
  gas -= costOf(words) - costOf(i64(workerMemorySize >> 5));
  if (gas < 0) return outOfGas();
  if (words > MOST_WORDS || !growFrameMemory(workerFrame, usize(words) << 5)) {
    outOfMemory();
    return halt(HALT_OUT_OF_MEMORY);
  }
  workerMemory = load<u32>(workerFrame, FRAME_MEMORY);
  workerMemorySize = u64(words) << 5;
  return gas;
}

@inline
function costOf(words: i64): i64 {
  return words * MEMORY_WORD + words * words / MEMORY_QUADRATIC;
}
