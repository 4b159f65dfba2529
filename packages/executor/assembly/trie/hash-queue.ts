// Encodings that wait for another of as many blocks, to be hashed together with it. Their place is their class: one of
// each number of blocks up to 4, the most that a branch has.
import { keccak256 } from "../keccak";
import { blocksOf, keccak256Pair } from "./keccak-pair";
import { IN_QUEUE, QUEUE_CLASSES } from "./layout";
import { workerSpace } from "./workspace";

// An entry that waits:   0 encoding | 4 size | 8 where its hash goes, 0: none waits .. 16
const ENTRY_SIZE: usize = 16;

/** Nothing waits. */
export function resetHashes(): void {
  memory.fill(workerSpace + IN_QUEUE, 0, usize(QUEUE_CLASSES) * ENTRY_SIZE);
}

/** Has the hash of the encoding written to `hash` before {@link flushHashes} ends. */
export function hashLater(hash: usize, encoding: usize, size: u32): void {
  const blocks = blocksOf(size);
  if (blocks > QUEUE_CLASSES) {
    keccak256(hash, encoding, size);
    return;
  }
  const entry = entryOf(blocks - 1);
  const otherHash: usize = load<u32>(entry, 8);
  if (otherHash == 0) {
    store<u32>(entry, u32(encoding));
    store<u32>(entry, size, 4);
    store<u32>(entry, u32(hash), 8);
    return;
  }
  keccak256Pair(otherHash, load<u32>(entry), load<u32>(entry, 4), hash, encoding, size);
  store<u32>(entry, 0, 8);
}

/** Writes all hashes that still wait. */
export function flushHashes(): void {
  for (let index: u32 = 0; index < QUEUE_CLASSES; index++) {
    const entry = entryOf(index);
    const hash: usize = load<u32>(entry, 8);
    if (hash == 0) continue;
    keccak256(hash, load<u32>(entry), load<u32>(entry, 4));
    store<u32>(entry, 0, 8);
  }
}

@inline
function entryOf(index: u32): usize {
  return workerSpace + IN_QUEUE + usize(index) * ENTRY_SIZE;
}
