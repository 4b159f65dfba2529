// Updates a trie by a sorted list of items, in one walk over what they change. Nothing is changed in place: a new root
// node shares with the old one what no item concerns.
import { clearBytes } from "./bytes";
import {
  BRANCH_CHILDREN, BRANCH_INLINE, FRAME_CHANGED, FRAME_PRESENT, FRAME_SIZE, frameAt, IN_PATH, ITEM_PUT, KEY_NIBBLES,
  NODE_PATH,
} from "./layout";
import { makeLeaf } from "./leaf";
import { sealLater } from "./levels";
import { copyPath, depthOf, inlineOf, isLeaf, maskOf, newBranch, referenceOf, touch } from "./node";
import { nibbleAt, setNibble, sharedUntil } from "./nibbles";
import { removeRecord } from "./output";
import { resolve } from "./record";
import { workerSpace } from "./workspace";

/**
 * What stands where `node` (0: nothing) stood, whose path begins at nibble `depth`, with the items of the list from
 * `from` to `to` on it; `node` itself when they change nothing. It is not sealed: only its parent knows where it begins.
 */
export function update(node: usize, depth: u32, from: usize, to: usize): usize {
  if (from == to) return node;
  const first: usize = load<u32>(from);
  const last: usize = load<u32>(to - 4);
  if (node == 0) {
    if (to - from == 4) return load<u8>(first, ITEM_PUT) ? makeLeaf(first, 0) : 0;
    return divide(0, depth, sharedUntil(first, last, depth, KEY_NIBBLES), from, to);
  }
  const path = node + NODE_PATH;
  const end = isLeaf(node) ? KEY_NIBBLES : depthOf(node);
  const shared = min(sharedUntil(path, first, depth, end), sharedUntil(path, last, depth, end));
  if (shared < end) return divide(node, depth, shared, from, to);
  if (end < KEY_NIBBLES) return updateBranch(node, from, to);
  return load<u8>(first, ITEM_PUT) ? makeLeaf(first, node) : 0;
}

/** The node (0: none) and the items share the path up to nibble `depth`; there they part. */
function divide(node: usize, start: u32, depth: u32, from: usize, to: usize): usize {
  const frame = frameAt(workerSpace, depth);
  clearBytes(frame, FRAME_SIZE);
  if (node != 0) {
    const way = nibbleAt(node + NODE_PATH, depth);
    store<u32>(childOf(frame, way), u32(node));
    store<u32>(frame, 1 << way, FRAME_PRESENT);
  }
  updateChildren(frame, 0, depth, from, to);
  return closeNewFrame(frame, depth, load<u32>(from));
}

/** What stands where there was no branch, with the frame's children at `depth` of `path`. */
export function closeNewFrame(frame: usize, depth: u32, path: usize): usize {
  const present = load<u32>(frame, FRAME_PRESENT);
  if (present == 0) return 0;
  if (popcnt(present) == 1) return load<u32>(childOf(frame, ctz(present)));
  const branch = newBranch(path, depth, present);
  store<u32>(frame, present, FRAME_CHANGED); // even what is as it was stands elsewhere now
  fillBranch(branch, frame, 0);
  return branch;
}

function updateBranch(branch: usize, from: usize, to: usize): usize {
  const depth = depthOf(branch);
  const frame = openFrame(branch);
  updateChildren(frame, branch, depth, from, to);
  return closeFrame(branch, frame);
}

/** The frame of a branch that is about to change, as yet without any change. */
export function openFrame(branch: usize): usize {
  touch(branch);
  const frame = frameAt(workerSpace, depthOf(branch));
  clearBytes(frame, FRAME_SIZE);
  const mask = maskOf(branch);
  store<u32>(frame, mask, FRAME_PRESENT);
  let place = branch + BRANCH_CHILDREN;
  for (let rest = mask; rest != 0; rest &= rest - 1, place += 4) {
    store<u32>(childOf(frame, ctz(rest)), atomic.load<u32>(place));
  }
  return frame;
}

/** Puts `child` (0: none) at `way` of the frame's branch. */
export function setChild(frame: usize, way: u32, child: usize): void {
  const bit: u32 = 1 << way;
  const present = load<u32>(frame, FRAME_PRESENT);
  store<u32>(childOf(frame, way), u32(child));
  store<u32>(frame, child != 0 ? present | bit : present & ~bit, FRAME_PRESENT);
  store<u32>(frame, load<u32>(frame, FRAME_CHANGED) | bit, FRAME_CHANGED);
}

function updateChildren(frame: usize, branch: usize, depth: u32, from: usize, to: usize): void {
  while (from < to) {
    const way = nibbleAt(load<u32>(from), depth);
    let end = from + 4;
    while (end < to && nibbleAt(load<u32>(end), depth) == way) end += 4;
    let child: usize = load<u32>(childOf(frame, way));
    if (child == 0 && branch != 0 && ((maskOf(branch) >> way) & 1)) child = resolve(branch, way);
    const next = update(child, depth + 1, from, end);
    if (next != child) setChild(frame, way, next);
    from = end;
  }
}

/** What stands in place of `branch` with the frame's changes; records that are not written again go. */
export function closeFrame(branch: usize, frame: usize): usize {
  const changed = load<u32>(frame, FRAME_CHANGED);
  if (changed == 0) return branch;
  const present = load<u32>(frame, FRAME_PRESENT);
  const depth = depthOf(branch);
  const records = maskOf(branch) & ~inlineOf(branch);
  for (let gone = changed & ~present & records; gone != 0; gone &= gone - 1) removeChild(branch, ctz(gone));
  if (popcnt(present) > 1) {
    const next = newBranch(branch + NODE_PATH, depth, present);
    fillBranch(next, frame, branch);
    return next;
  }
  removeRecord(branch + NODE_PATH, depth); // where the branch began another node may be written; that comes later
  if (present == 0) return 0;
  const way = ctz(present);
  const child: usize = load<u32>(childOf(frame, way));
  if ((records >> way) & 1) removeChild(branch, way);
  return child == 0 ? resolve(branch, way) : child;
}

/** Writes children and references of a new branch: those that changed are sealed later, others come from `before`. */
function fillBranch(branch: usize, frame: usize, before: usize): void {
  const changed = load<u32>(frame, FRAME_CHANGED);
  const inlineBefore = before == 0 ? 0 : inlineOf(before);
  const mask = maskOf(branch);
  // Below a branch where there was none a record may stand too: that of a branch to which an extension led.
  const recordsBefore = before == 0 ? mask : maskOf(before) & ~inlineBefore;
  store<u16>(branch, inlineBefore & mask & ~changed, BRANCH_INLINE);
  let place = branch + BRANCH_CHILDREN;
  let reference = place + (usize(popcnt(mask)) << 2);
  for (let rest = mask; rest != 0; rest &= rest - 1, place += 4, reference += 32) {
    const way = ctz(rest);
    store<u32>(place, load<u32>(childOf(frame, way)));
    if (((changed >> way) & 1) == 0) copyPath(reference, referenceOf(before, way));
    else sealLater(branch, way, (recordsBefore >> way) & 1);
  }
}

function removeChild(branch: usize, way: u32): void {
  const path = workerSpace + IN_PATH;
  copyPath(path, branch + NODE_PATH);
  setNibble(path, depthOf(branch), way);
  removeRecord(path, depthOf(branch) + 1);
}

/** The node of this key below `node` (0: nothing); 0 when there is none. */
export function find(node: usize, key: usize): usize {
  for (let depth: u32 = 0; node != 0; ) {
    const end = isLeaf(node) ? KEY_NIBBLES : depthOf(node);
    if (sharedUntil(node + NODE_PATH, key, depth, end) < end) return 0;
    if (end == KEY_NIBBLES) return node;
    const way = nibbleAt(key, end);
    if (((maskOf(node) >> way) & 1) == 0) return 0;
    touch(node);
    node = resolve(node, way);
    depth = end + 1;
  }
  return 0;
}

/** Where the frame's child at `way` stands. */
@inline
export function childOf(frame: usize, way: u32): usize {
  return frame + (usize(way) << 2);
}
