// The leaves of a trie that is only made for its root, listed in the order of their keys.
import { reach } from "./arena";
import { sortItems } from "./items";
import {
  ITEM_NIBBLES, ITEM_VALUE_SIZE, JOB, LEAF_COUNT, LEAF_HEADROOM, LEAF_ITEM_SIZE, LEAF_LIST,
} from "./layout";

/** From this index on the RLP of an index has a prefix. */
const FIRST_LONG_INDEX: u32 = 0x80;

/** Lists the `count` leaf items that the host has written, one behind the other and each before its value. */
export function listLeaves(count: u32): void {
  const end = listInTurn(JOB, count);
  sortItems(end, end + (usize(count) << 2));
}

/**
 * Lists `count` leaf items of an ordered trie, the first at `first`. They hold the sizes of their values alone: their keys,
 * the RLP of their indexes, are written here. The first byte behind the list.
 */
export function listIndexed(first: usize, count: u32): usize {
  const list = listInTurn(first, count);
  for (let index: u32 = 0; index < count; index++) writeIndex(leafItem(index), index);
  const short = min(count, FIRST_LONG_INDEX);
  if (short > 1) {
    // The key of 0 is 0x80, which stands between those of 127 and 128.
    const zero = load<u32>(list);
    memory.copy(list, list + 4, usize(short - 1) << 2);
    store<u32>(list + (usize(short - 1) << 2), zero);
  }
  return list + (usize(count) << 2);
}

/** {@link listIndexed} of what the host has written. */
export function listValues(count: u32): void {
  listIndexed(JOB, count);
}

/** The leaf item at `index` of the list. */
@inline
export function leafItem(index: u32): usize {
  return load<u32>(<usize>load<u32>(LEAF_LIST) + (usize(index) << 2));
}

/** Where the item's value stands. */
@inline
export function valueOf(item: usize): usize {
  return item + LEAF_ITEM_SIZE + LEAF_HEADROOM;
}

/** The first byte behind an item with a value of `size` bytes. */
@inline
export function endOfItem(item: usize, size: u32): usize {
  return valueOf(item) + ((usize(size) + 7) & ~7);
}

/** Lists `count` items that stand one behind the other. No nodes are in this memory: the list may lie where they would. */
function listInTurn(first: usize, count: u32): usize {
  let list = first;
  for (let index: u32 = 0; index < count; index++) list = endOfItem(list, load<u32>(list, ITEM_VALUE_SIZE));
  reach(list + (usize(count) << 2));
  store<u32>(LEAF_LIST, u32(list));
  store<u32>(LEAF_COUNT, count);
  let item = first;
  for (let index: usize = 0; index < count; index++) {
    store<u32>(list + (index << 2), u32(item));
    item = endOfItem(item, load<u32>(item, ITEM_VALUE_SIZE));
  }
  return list;
}

/** Writes the RLP of `index` as the item's key. */
function writeIndex(item: usize, index: u32): void {
  memory.fill(item, 0, 32);
  let size: u32 = 1;
  if (index < FIRST_LONG_INDEX) store<u8>(item, index == 0 ? 0x80 : index);
  else {
    const bytes = (39 - u32(clz(index))) >> 3;
    store<u8>(item, 0x80 + bytes);
    store<u32>(item, bswap<u32>(index << (32 - (bytes << 3))), 1);
    size += bytes;
  }
  store<u8>(item, size << 1, ITEM_NIBBLES);
}
