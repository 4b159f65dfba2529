// The bloom of a receipt's logs: three of 2048 bits for each address and topic (yellow paper 4.3.1). Entries that came
// lately are looked up: tokens and events come again and again. The others are hashed two at a time.
import { keccak256 } from "../keccak";
import { keccak256Pair } from "./keccak-pair";
import { BLOOM_SIZE, ENTRY_COUNT, ENTRY_SIZE, IN_DIGESTS, IN_ENTRIES } from "./layout";
import { workerSpace } from "./workspace";

// Known entry:   0 entry 32 (an address: 20) | 32 its size, 0: none | 36 bits 2 x 3 .. 42
const KNOWN_SIZE: usize = 32;
const KNOWN_BITS: usize = 36;
const ADDRESS_SIZE: u32 = 20;

/** An entry that waits for another, and the bloom it goes to; 0: none waits. */
let workerWaiting: usize = 0;
let workerWaitingSize: u32 = 0;
let workerWaitingBloom: usize = 0;

/** Nothing waits. */
export function resetEntries(): void {
  workerWaitingBloom = 0;
}

/** Adds the address (20 bytes) or topic (32) at `entry`, which stays there, to `bloom` before {@link flushEntries} ends. */
export function addEntry(bloom: usize, entry: usize, size: u32): void {
  const known = placeOf(entry, size);
  if (isSame(known, entry, size)) {
    setBits(bloom, known);
    return;
  }
  if (workerWaitingBloom == 0) {
    workerWaiting = entry;
    workerWaitingSize = size;
    workerWaitingBloom = bloom;
    return;
  }
  const digests = workerSpace + IN_DIGESTS;
  keccak256Pair(digests, workerWaiting, workerWaitingSize, digests + 32, entry, size);
  setBits(workerWaitingBloom, learn(workerWaiting, workerWaitingSize, digests));
  setBits(bloom, learn(entry, size, digests + 32));
  workerWaitingBloom = 0;
}

/** Adds the entry that still waits. */
export function flushEntries(): void {
  if (workerWaitingBloom == 0) return;
  const digest = workerSpace + IN_DIGESTS;
  keccak256(digest, workerWaiting, workerWaitingSize);
  setBits(workerWaitingBloom, learn(workerWaiting, workerWaitingSize, digest));
  workerWaitingBloom = 0;
}

/** Adds all of `other` to `bloom`. */
export function uniteBloom(bloom: usize, other: usize): void {
  for (let at: usize = 0; at < BLOOM_SIZE; at += 16) {
    v128.store(bloom + at, v128.or(v128.load(bloom + at), v128.load(other + at)));
  }
}

@inline
function placeOf(entry: usize, size: u32): usize {
  const last = load<u32>(entry + size - 4) ^ load<u32>(entry + size - 8);
  return workerSpace + IN_ENTRIES + usize((last * 0x9e3779b1) >> 23) * ENTRY_SIZE;
}
if (ENTRY_COUNT != 1 << (32 - 23)) ERROR("places are 9 bits");

@inline
function isSame(known: usize, entry: usize, size: u32): bool {
  if (load<u32>(known, KNOWN_SIZE) != size) return false;
  const ends = (load<u64>(known) ^ load<u64>(entry)) | (load<u64>(known + size - 8) ^ load<u64>(entry + size - 8));
  const middle = (load<u64>(known, 8) ^ load<u64>(entry, 8));
  if ((ends | middle) != 0) return false;
  return size == ADDRESS_SIZE || load<u64>(known, 16) == load<u64>(entry, 16);
}

/** Remembers the bits in `digest`. A worker may die at any point of it: it has no size before it is whole. */
function learn(entry: usize, size: u32, digest: usize): usize {
  const known = placeOf(entry, size);
  store<u32>(known, 0, KNOWN_SIZE);
  memory.copy(known, entry, size);
  for (let at: usize = 0; at < 6; at += 2) {
    store<u16>(known + at, bswap<u16>(load<u16>(digest + at)) & 2047, KNOWN_BITS);
  }
  store<u32>(known, size, KNOWN_SIZE);
  return known;
}

/** Bit 0 is the lowest of the last byte. */
@inline
function setBits(bloom: usize, known: usize): void {
  for (let at: usize = 0; at < 6; at += 2) {
    const bit: u32 = load<u16>(known + at, KNOWN_BITS);
    const place = bloom + BLOOM_SIZE - 1 - usize(bit >> 3);
    store<u8>(place, u32(load<u8>(place)) | (1 << (bit & 7)));
  }
}
