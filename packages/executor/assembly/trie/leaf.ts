// Leaves made of items.
import { copyBytes } from "./bytes";
import {
  IN_ENCODING, ITEM_ACCOUNT, ITEM_CODE_HASH, ITEM_HAS_CODE, ITEM_KIND, ITEM_OF_SLOT, ITEM_STORAGE, ITEM_STORAGE_MODE, ITEM_STORAGE_ROOT,
  ITEM_VALUE, ITEM_VALUE_SIZE, LEAF_HEADROOM, LEAF_ITEM_SIZE, LEAF_STORAGE, LEAF_VALUE, STORAGE_GIVEN, STORAGE_KEPT,
} from "./layout";
import { newLeaf, valueSizeOf } from "./node";
import { encodeAccount, encodeSlotValue } from "./rlp";
import { workerSpace } from "./workspace";

/** Given by the host: throws; the flat state has an account that the trie has not. */
@external("env", "leafMissing")
export declare function leafMissing(): void;

/** keccak256(rlp('')): the root of a trie without entries. Read-only, the same in every instance. */
const EMPTY_ROOT: usize = memory.data<u64>([
  0xa655cc1b171fe856, 0x6ef8c092e64583ff, 0xc0ad6c991be0485b, 0x21b463e3b52f6201,
]);

/** keccak256(''): the code hash of an account without code. */
const EMPTY_CODE: usize = memory.data<u64>([
  0x3c23f7860146d2c5, 0xc003c7dcb27d7e92, 0x3b2782ca53b600e5, 0x70a4855d04d8fa7b,
]);

/** The leaf that `item` puts; `before`: the leaf of the same key, 0 when there is none. */
export function makeLeaf(item: usize, before: usize): usize {
  const kind: u32 = load<u8>(item, ITEM_KIND);
  if (kind == ITEM_ACCOUNT) return makeAccountLeaf(item, before);
  const value = workerSpace + IN_ENCODING;
  if (kind == ITEM_OF_SLOT) return leafOf(item, value, encodeSlotValue(value, item + ITEM_VALUE));
  return leafOf(item, item + LEAF_ITEM_SIZE + LEAF_HEADROOM, load<u32>(item, ITEM_VALUE_SIZE));
}

function makeAccountLeaf(item: usize, before: usize): usize {
  const mode: u32 = load<u8>(item, ITEM_STORAGE_MODE);
  let storageRoot = EMPTY_ROOT;
  let storage: u32 = 0;
  if (mode == STORAGE_GIVEN) {
    storageRoot = item + ITEM_STORAGE_ROOT;
    storage = load<u32>(item, ITEM_STORAGE);
  } else if (mode == STORAGE_KEPT) {
    if (before == 0) leafMissing();
    storageRoot = storageRootOf(before);
    storage = load<u32>(before, LEAF_STORAGE);
  }
  const codeHash = load<u8>(item, ITEM_HAS_CODE) ? item + ITEM_CODE_HASH : EMPTY_CODE;
  const value = workerSpace + IN_ENCODING;
  const leaf = leafOf(item, value, encodeAccount(value, item, storageRoot, codeHash));
  store<u32>(leaf, storage, LEAF_STORAGE);
  return leaf;
}

/** The storage root in an account's leaf: 65 bytes before its end begin root, prefix of the code hash, code hash. */
@inline
export function storageRootOf(leaf: usize): usize {
  return leaf + LEAF_VALUE + valueSizeOf(leaf) - 65;
}

/** Whether the 32 bytes at `hash` are the root of a trie without entries. */
export function isEmptyRoot(hash: usize): bool {
  for (let at: usize = 0; at < 32; at += 8) if (load<u64>(hash + at) != load<u64>(EMPTY_ROOT + at)) return false;
  return true;
}

/** Writes the root of a trie without entries. */
export function copyEmptyRoot(target: usize): void {
  memory.copy(target, EMPTY_ROOT, 32);
}

function leafOf(key: usize, value: usize, size: u32): usize {
  const leaf = newLeaf(key, size);
  copyBytes(leaf + LEAF_VALUE, value, size);
  return leaf;
}
