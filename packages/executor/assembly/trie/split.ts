// One trie by several workers: its 16 subtries are updated apart, then joined.
import { allocateInJob } from "./arena";
import { fetchPaths } from "./fetch";
import { sortItems } from "./items";
import {
  BRANCH_DEPTH, frameAt, FRAME_SIZE, SPLIT_COUNT, SPLIT_LIST, SPLIT_NODE, SPLIT_PREFIX, SPLIT_PREFIX_SIZE,
  SPLIT_RESULTS, SPLIT_STARTS,
} from "./layout";
import { sealLevels } from "./levels";
import { childAddress, isLeaf, maskOf } from "./node";
import { nibbleAt } from "./nibbles";
import { childOf, closeFrame, closeNewFrame, openFrame, setChild, update } from "./update";
import { resolve } from "./record";
import { turnTo, workerSpace } from "./workspace";

/** Begins an update of the trie `node` (0: empty), whose records' keys begin with the `prefixSize` bytes at `prefix`. */
export function beginSplit(node: usize, prefix: usize, prefixSize: u32): void {
  store<u32>(SPLIT_NODE, u32(node));
  store<u32>(SPLIT_PREFIX, u32(prefix));
  store<u32>(SPLIT_PREFIX_SIZE, prefixSize);
}

/** Lists the `count` items of `size` bytes that change it, from `first` on, by the first nibbles of their keys. */
export function splitItems(first: usize, size: usize, count: u32): void {
  const end = first + usize(count) * size;
  const list = allocateInJob(usize(count) << 2);
  store<u32>(SPLIT_LIST, u32(list));
  store<u32>(SPLIT_COUNT, count);
  memory.fill(SPLIT_STARTS, 0, 17 * 4);
  for (let item = first; item < end; item += size) {
    const counter = startOf(nibbleAt(item, 0) + 1);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  for (let way: u32 = 0; way < 16; way++) {
    store<u32>(startOf(way + 1), load<u32>(startOf(way)) + load<u32>(startOf(way + 1)));
  }
  memory.copy(SPLIT_RESULTS, SPLIT_STARTS, 16 * 4); // the next free place of each way, while it fills
  for (let item = first; item < end; item += size) {
    const next = resultOf(nibbleAt(item, 0));
    const place = load<u32>(next);
    store<u32>(next, place + 1);
    store<u32>(list + (usize(place) << 2), u32(item));
  }
}

/** Updates the subtrie at `way`. */
export function updateSubtrie(way: u32): void {
  const from = placeOfItem(load<u32>(startOf(way)));
  const to = placeOfItem(load<u32>(startOf(way + 1)));
  sortItems(from, to);
  if (!isDivided()) return;
  turnTo(load<u32>(SPLIT_PREFIX), load<u32>(SPLIT_PREFIX_SIZE));
  const child = childAt(way);
  fetchPaths(child, from, to);
  store<u32>(resultOf(way), u32(update(child, 1, from, to)));
  sealLevels();
}

/** Joins the subtries: the new root node, unsealed; 0 when the trie is empty. */
export function finishSplit(): usize {
  turnTo(load<u32>(SPLIT_PREFIX), load<u32>(SPLIT_PREFIX_SIZE));
  const node: usize = load<u32>(SPLIT_NODE);
  const first = placeOfItem(0);
  const count = load<u32>(SPLIT_COUNT);
  if (count == 0) return node;
  if (!isDivided()) return update(node, 0, first, first + (usize(count) << 2));
  if (node != 0) return joinInto(node);
  const frame = frameAt(workerSpace, 0);
  memory.fill(frame, 0, FRAME_SIZE);
  for (let way: u32 = 0; way < 16; way++) {
    const child = load<u32>(resultOf(way));
    if (isChanged(way) && child != 0) setChild(frame, way, child);
  }
  return closeNewFrame(frame, 0, load<u32>(first));
}

function joinInto(node: usize): usize {
  const frame = openFrame(node);
  for (let way: u32 = 0; way < 16; way++) {
    const child = load<u32>(resultOf(way));
    if (isChanged(way) && child != load<u32>(childOf(frame, way))) setChild(frame, way, child);
  }
  return closeFrame(node, frame);
}

/** Whether the ways of the root are the subtries: not when it is a leaf, or an extension stands first. */
function isDivided(): bool {
  const node: usize = load<u32>(SPLIT_NODE);
  return node == 0 || (!isLeaf(node) && load<u8>(node, BRANCH_DEPTH) == 0);
}

function childAt(way: u32): usize {
  const node: usize = load<u32>(SPLIT_NODE);
  if (node == 0 || ((maskOf(node) >> way) & 1) == 0) return 0;
  const child: usize = atomic.load<u32>(childAddress(node, way));
  return child != 0 || !isChanged(way) ? child : resolve(node, way);
}

@inline
function isChanged(way: u32): bool {
  return load<u32>(startOf(way)) != load<u32>(startOf(way + 1));
}

@inline
function placeOfItem(index: u32): usize {
  return <usize>load<u32>(SPLIT_LIST) + (usize(index) << 2);
}

@inline
function startOf(way: u32): usize {
  return SPLIT_STARTS + (usize(way) << 2);
}

@inline
function resultOf(way: u32): usize {
  return SPLIT_RESULTS + (usize(way) << 2);
}
