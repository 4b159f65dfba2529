// Nodes as they lie in memory.
import { allocateNode } from "./arena";
import {
  BRANCH_CHILDREN, BRANCH_DEPTH, BRANCH_INLINE, BRANCH_MASK, EPOCH, KIND_BRANCH, KIND_LEAF, LEAF_STORAGE, LEAF_VALUE,
  LEAF_VALUE_SIZE, NODE_KIND, NODE_LAST_USE, NODE_PATH,
} from "./layout";

/** A leaf whose value, `size` bytes, is not written yet. */
export function newLeaf(key: usize, size: u32): usize {
  const leaf = allocateNode(LEAF_VALUE + size);
  store<u32>(leaf, KIND_LEAF | (size << 16));
  touch(leaf);
  copyPath(leaf + NODE_PATH, key);
  store<u32>(leaf, 0, LEAF_STORAGE);
  return leaf;
}

/** A branch at `depth` of `path` whose children and references are not written yet. */
export function newBranch(path: usize, depth: u32, mask: u32): usize {
  const branch = allocateNode(branchSize(mask));
  store<u32>(branch, KIND_BRANCH | (depth << 8) | (mask << 16));
  touch(branch);
  copyPath(branch + NODE_PATH, path);
  store<u32>(branch, 0, BRANCH_INLINE);
  return branch;
}

/** Bytes of a branch with these ways. */
@inline
export function branchSize(mask: u32): usize {
  return BRANCH_CHILDREN + usize(popcnt(mask)) * 36;
}

/** Marks the node as used by the root that is being made. */
@inline
export function touch(node: usize): void {
  store<u32>(node, load<u32>(EPOCH), NODE_LAST_USE);
}

@inline
export function isLeaf(node: usize): bool {
  return load<u8>(node, NODE_KIND) == KIND_LEAF;
}

@inline
export function maskOf(branch: usize): u32 {
  return load<u16>(branch, BRANCH_MASK);
}

@inline
export function depthOf(branch: usize): u32 {
  return load<u8>(branch, BRANCH_DEPTH);
}

@inline
export function valueSizeOf(leaf: usize): u32 {
  return load<u16>(leaf, LEAF_VALUE_SIZE);
}

/** Which of the branch's children stand in its own encoding. */
@inline
export function inlineOf(branch: usize): u32 {
  return load<u16>(branch, BRANCH_INLINE);
}

/** How many ways lead on before `way`. */
@inline
export function placeOf(mask: u32, way: u32): usize {
  return usize(popcnt(mask & ((1 << way) - 1)));
}

/** Where the address of the child at `way`, which there is, stands; it is 0 while the child is not loaded. */
@inline
export function childAddress(branch: usize, way: u32): usize {
  return branch + BRANCH_CHILDREN + (placeOf(maskOf(branch), way) << 2);
}

/** The reference of the child at `way`, which there is. */
@inline
export function referenceOf(branch: usize, way: u32): usize {
  const mask = maskOf(branch);
  return branch + BRANCH_CHILDREN + (usize(popcnt(mask)) << 2) + (placeOf(mask, way) << 5);
}

/** Copies 32 bytes. */
@inline
export function copyPath(target: usize, path: usize): void {
  v128.store(target, v128.load(path));
  v128.store(target + 16, v128.load(path, 16));
}
