// Nodes that are not in memory: read through the host, checked against their hash, taken apart.
import { keccak256 } from "../keccak";
import {
  BRANCH_CHILDREN, BRANCH_INLINE, IN_ENCODING, IN_KEY, IN_PATH, IN_RECORD, KEY_NIBBLES, LEAF_VALUE, NODE_PATH,
  RECORD_CAPACITY,
} from "./layout";
import { childAddress, copyPath, depthOf, inlineOf, newBranch, newLeaf, referenceOf, touch } from "./node";
import { nibbleAt, setNibble } from "./nibbles";
import { inlineSize } from "./rlp";
import { workerSpace, writeKey } from "./workspace";

/**
 * Given by the host: reads the record of the key to `target`, of `capacity` bytes; its size, or -1 when there is none.
 * May throw: nothing here is locked or half changed meanwhile.
 */
@external("env", "read")
declare function read(key: usize, keySize: u32, target: usize, capacity: u32): i32;

/** Given by the host: throws an error that names the key. */
@external("env", "damaged")
declare function damaged(key: usize, keySize: u32, isMissing: u32): void;

/** The branch's child at `way`, which there is. */
export function resolve(branch: usize, way: u32): usize {
  const address = childAddress(branch, way);
  let child: usize = atomic.load<u32>(address);
  if (child == 0) {
    const reference = referenceOf(branch, way);
    const depth = depthOf(branch);
    const path = workerSpace + IN_PATH;
    copyPath(path, branch + NODE_PATH);
    setNibble(path, depth, way);
    if ((inlineOf(branch) >> way) & 1) child = parse(reference, inlineSize(reference), depth + 1);
    else child = readNode(reference, depth + 1);
    // Another worker may do the same: either node is right.
    atomic.store<u32>(address, u32(child));
  }
  touch(child);
  return child;
}

/** The root node with this hash of the trie in hand. */
export function resolveRoot(hash: usize): usize {
  memory.fill(workerSpace + IN_PATH, 0, 32);
  return readNode(hash, 0);
}

/** The stored node at the first `depth` nibbles of IN_PATH, whose hash is known. */
function readNode(hash: usize, depth: u32): usize {
  return parse(workerSpace + IN_RECORD, readRecord(hash, depth), depth);
}

function readRecord(hash: usize, depth: u32): u32 {
  const key = workerSpace + IN_KEY;
  const record = workerSpace + IN_RECORD;
  const keySize = writeKey(key, workerSpace + IN_PATH, depth);
  const size = read(key, keySize, record, RECORD_CAPACITY);
  if (size < 0) damaged(key, keySize, 1);
  // Costs less than a microsecond and finds what LevelDB loses or mixes up without a word.
  const found = workerSpace + IN_ENCODING;
  keccak256(found, record, size);
  if (!isSame(found, hash)) damaged(key, keySize, 0);
  return size;
}

/** The node of this encoding at the first `depth` nibbles of IN_PATH; only of encodings that were made here. */
function parse(encoding: usize, size: u32, depth: u32): usize {
  const end = encoding + size;
  const content = contentOf(encoding);
  const second = nextItem(content);
  if (nextItem(second) < end) return parseBranch(content, depth);
  const packed = contentOf(content);
  const odd: u32 = (load<u8>(packed) >> 4) & 1;
  const nibbles = (u32(second - packed) << 1) - 2 + odd;
  const path = workerSpace + IN_PATH;
  for (let index: u32 = 0; index < nibbles; index++) {
    setNibble(path, depth + index, nibbleAt(packed, index + 2 - odd));
  }
  if ((load<u8>(packed) & 0x20) == 0) return parseBelowExtension(second, end, depth + nibbles);
  const value = contentOf(second);
  const leaf = newLeaf(path, u32(end - value));
  memory.copy(leaf + LEAF_VALUE, value, end - value);
  return leaf;
}

function parseBelowExtension(child: usize, end: usize, depth: u32): usize {
  if (load<u8>(child) >= 0xc0) return parse(child, u32(end - child), depth);
  const expected = workerSpace + IN_ENCODING + 512; // reading overwrites the record in which it stands
  copyPath(expected, child + 1);
  return readNode(expected, depth);
}

function parseBranch(content: usize, depth: u32): usize {
  let mask: u32 = 0;
  for (let way: u32 = 0, item = content; way < 16; way++, item = nextItem(item)) {
    if (load<u8>(item) != 0x80) mask |= 1 << way;
  }
  const branch = newBranch(workerSpace + IN_PATH, depth, mask);
  let inlined: u32 = 0;
  let reference = branch + BRANCH_CHILDREN + (usize(popcnt(mask)) << 2);
  memory.fill(branch + BRANCH_CHILDREN, 0, usize(popcnt(mask)) << 2);
  for (let way: u32 = 0, item = content; way < 16; way++, item = nextItem(item)) {
    if (((mask >> way) & 1) == 0) continue;
    if (load<u8>(item) >= 0xc0) {
      inlined |= 1 << way;
      memory.copy(reference, item, inlineSize(item));
    } else copyPath(reference, item + 1);
    reference += 32;
  }
  store<u16>(branch, inlined, BRANCH_INLINE);
  return branch;
}

/** Where the content of the item at `item` begins. */
function contentOf(item: usize): usize {
  const first: u32 = load<u8>(item);
  if (first < 0x80) return item;
  const short = first < 0xc0 ? first - 0x80 : first - 0xc0;
  return item + 1 + usize(short > 55 ? short - 55 : u32(0));
}

function nextItem(item: usize): usize {
  const first: u32 = load<u8>(item);
  if (first < 0x80) return item + 1;
  const short = first < 0xc0 ? first - 0x80 : first - 0xc0;
  if (short <= 55) return item + 1 + short;
  let size: usize = 0;
  for (let index: u32 = 0; index < short - 55; index++) size = (size << 8) | load<u8>(item + 1 + index);
  return item + 1 + (short - 55) + size;
}

@inline
function isSame(first: usize, second: usize): bool {
  return (
    load<u64>(first) == load<u64>(second) && load<u64>(first, 8) == load<u64>(second, 8) &&
    load<u64>(first, 16) == load<u64>(second, 16) && load<u64>(first, 24) == load<u64>(second, 24)
  );
}
