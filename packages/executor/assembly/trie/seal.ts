// What stands for a node in its parent: the hash of its encoding, or the encoding when that is shorter. Sealing a node
// writes its records too.
import { keccak256 } from "../keccak";
import { copyBytes } from "./bytes";
import { flushHashes, hashLater } from "./hash-queue";
import { KEY_NIBBLES, IN_ENCODING, IN_REFERENCE, LEAF_VALUE, NODE_PATH } from "./layout";
import { depthOf, isLeaf, valueSizeOf } from "./node";
import { beginRecord, endRecord, removeRecord } from "./output";
import { encodeBranch, encodeExtension, HASH_SIZE, leafHeadSize, writeLeafHead } from "./rlp";
import { workerSpace } from "./workspace";

/** Most bytes of a branch's encoding: 16 hashes, and the list's own. */
const MAX_BRANCH: u32 = 3 + 16 * 33 + 1;
const MAX_EXTENSION: u32 = 80;

/**
 * Writes the reference of `node`, whose path begins at nibble `start` and whose children are sealed, to `reference`; its
 * size. A hash may come later: see hash-queue.ts.
 */
export function seal(node: usize, start: u32, reference: usize): u32 {
  const path = node + NODE_PATH;
  if (isLeaf(node)) {
    const value = beginRecord(path, start, MAX_EXTENSION + valueSizeOf(node));
    return finish(value, encodeLeaf(value, node, start), reference);
  }
  const depth = depthOf(node);
  const encoding = beginRecord(path, depth, MAX_BRANCH);
  if (depth == start) return finish(encoding, encodeBranch(encoding, node), reference);
  const below = workerSpace + IN_REFERENCE;
  const size = finish(encoding, encodeBranch(encoding, node), below);
  flushHashes();
  if (size < HASH_SIZE) removeRecord(path, depth); // it may have been longer before
  const value = beginRecord(path, start, MAX_EXTENSION);
  return finish(value, encodeExtension(value, path, start, depth, below, size), reference);
}

/**
 * Seals the root `node`, whose hash goes to `hash`: a root has a record whatever its size. All below it is sealed.
 */
export function sealRoot(node: usize, hash: usize): void {
  const size = seal(node, 0, hash);
  flushHashes();
  if (size == HASH_SIZE) return;
  const encoding = workerSpace + IN_ENCODING;
  memory.copy(encoding, hash, size);
  memory.copy(beginRecord(node + NODE_PATH, 0, size), encoding, size);
  endRecord(size);
  keccak256(hash, encoding, size);
}

function encodeLeaf(target: usize, leaf: usize, start: u32): u32 {
  const value = leaf + LEAF_VALUE;
  const size = valueSizeOf(leaf);
  const head = leafHeadSize(KEY_NIBBLES - start, value, size);
  writeLeafHead(target, leaf + NODE_PATH, start, KEY_NIBBLES, value, size);
  copyBytes(target + head, value, size);
  return head + size;
}

/** Ends the record that holds a node's encoding; one too short to stand alone is no record. */
function finish(encoding: usize, size: u32, reference: usize): u32 {
  if (size < HASH_SIZE) {
    memory.copy(reference, encoding, size);
    return size;
  }
  hashLater(reference, encoding, size);
  endRecord(size);
  return HASH_SIZE;
}
