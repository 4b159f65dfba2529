// The root of a trie that is only made for its root: no node is kept.
import { keccak256 } from "../keccak";
import {
  foldAt, FOLD_REFERENCES, FOLD_SIZE, IN_ENCODING, IN_OTHER_ENCODING, ITEM_NIBBLES, ITEM_REFERENCE, ITEM_REFERENCE_SIZE,
  ITEM_VALUE_SIZE, KEY_NIBBLES, LEAF_COUNT, ROOT_HASH,
} from "./layout";
import { flushHashes, hashLater } from "./hash-queue";
import { blocksOf, keccak256Pair } from "./keccak-pair";
import { copyEmptyRoot } from "./leaf";
import { leafItem, valueOf } from "./leaf-list";
import { nibbleAt, sharedUntil } from "./nibbles";
import { encodeExtension, encodeReferences, HASH_SIZE, leafHeadSize, writeLeafHead } from "./rlp";
import { workerSpace } from "./workspace";

/** Leaves that one task hashes. */
export const LEAF_TASK_ITEMS: u32 = 64;

/** Hashes portion `task` of the leaves: each begins where its key parts from its neighbours'. */
export function hashLeaves(task: u32): void {
  const count = load<u32>(LEAF_COUNT);
  const end = min((task + 1) * LEAF_TASK_ITEMS, count);
  for (let index = task * LEAF_TASK_ITEMS; index < end; index++) {
    const item = leafItem(index);
    let start: u32 = 0;
    if (index > 0) start = 1 + sharedUntil(item, leafItem(index - 1), 0, KEY_NIBBLES);
    if (index + 1 < count) start = max(start, 1 + sharedUntil(item, leafItem(index + 1), 0, KEY_NIBBLES));
    hashLeaf(item, start);
  }
  flushHashes();
}

/**
 * A branch whose encoding waits for another of as many blocks, to be hashed together with it: where its hash goes, 0: none
 * waits.
 */
let workerWaiting: usize = 0;
let workerWaitingEncoding: usize = 0;
let workerWaitingSize: u32 = 0;

/** The root hash of the hashed leaves, in ROOT_HASH. */
export function foldLeaves(): void {
  workerWaiting = 0;
  const count = load<u32>(LEAF_COUNT);
  if (count == 0) {
    copyEmptyRoot(ROOT_HASH);
    return;
  }
  const size = fold(0, count, 0, ROOT_HASH);
  hashWaiting();
  if (size == HASH_SIZE) return;
  const encoding = workerSpace + IN_ENCODING;
  memory.copy(encoding, ROOT_HASH, size);
  keccak256(ROOT_HASH, encoding, size);
}

/** Writes the leaf's encoding around its value, where there is room before it, and its reference into the item. */
function hashLeaf(item: usize, start: u32): void {
  const value = valueOf(item);
  const valueSize = load<u32>(item, ITEM_VALUE_SIZE);
  const nibbles: u32 = load<u8>(item, ITEM_NIBBLES);
  const head = leafHeadSize(nibbles - start, value, valueSize);
  const encoding = value - head;
  writeLeafHead(encoding, item, start, nibbles, value, valueSize);
  const size = head + valueSize;
  store<u8>(item, min(size, HASH_SIZE), ITEM_REFERENCE_SIZE);
  if (size < HASH_SIZE) memory.copy(item + ITEM_REFERENCE, encoding, size);
  else hashLater(item + ITEM_REFERENCE, encoding, size);
}

/**
 * Writes the reference of the node over leaves `from` to `to`, which begins at nibble `start`; its size. A hash may come
 * later, with {@link hashWaiting} at the latest.
 */
function fold(from: u32, to: u32, start: u32, reference: usize): u32 {
  const first = leafItem(from);
  if (to - from == 1) {
    const size: u32 = load<u8>(first, ITEM_REFERENCE_SIZE);
    memory.copy(reference, first + ITEM_REFERENCE, size);
    return size;
  }
  const depth = sharedUntil(first, leafItem(to - 1), start, KEY_NIBBLES);
  const frame = foldAt(workerSpace, depth);
  memory.fill(frame, 0, 16);
  while (from < to) {
    const way = nibbleAt(leafItem(from), depth);
    let end = from + 1;
    while (end < to && nibbleAt(leafItem(end), depth) == way) end++;
    store<u8>(frame + way, fold(from, end, depth + 1, frame + FOLD_REFERENCES + (usize(way) << 5)));
    from = end;
  }
  if (workerWaiting >= frame && workerWaiting < frame + FOLD_SIZE) hashWaiting(); // a child
  const encoding = workerSpace + (workerWaitingEncoding == workerSpace + IN_ENCODING ? IN_OTHER_ENCODING : IN_ENCODING);
  const size = refer(reference, encoding, encodeReferences(encoding, frame, frame + FOLD_REFERENCES));
  if (depth == start) return size;
  hashWaiting();
  return refer(reference, encoding, encodeExtension(encoding, first, start, depth, reference, size));
}

function refer(reference: usize, encoding: usize, size: u32): u32 {
  if (size < HASH_SIZE) {
    memory.copy(reference, encoding, size);
    return size;
  }
  if (workerWaiting != 0 && blocksOf(workerWaitingSize) == blocksOf(size)) {
    keccak256Pair(workerWaiting, workerWaitingEncoding, workerWaitingSize, reference, encoding, size);
    workerWaiting = 0;
    return HASH_SIZE;
  }
  hashWaiting();
  workerWaiting = reference;
  workerWaitingEncoding = encoding;
  workerWaitingSize = size;
  return HASH_SIZE;
}

/** Hashes the branch that waits. */
function hashWaiting(): void {
  if (workerWaiting == 0) return;
  keccak256(workerWaiting, workerWaitingEncoding, workerWaitingSize);
  workerWaiting = 0;
}
