// Makes room: copies the nodes that are still of use to the other space, those of a root next to it (Cheney's
// algorithm). What was not used lately is left behind and loaded again when it is needed.
import { reach, resetNodes } from "./arena";
import {
  BRANCH_CHILDREN, EPOCH, KIND_MOVED, LEAF_STORAGE, LEAF_VALUE, NODE_KIND, NODE_LAST_USE, SPACE_0, SPACE_1,
  SPACE_START, SPACE_TOP,
} from "./layout";
import { branchSize, isLeaf, maskOf, valueSizeOf } from "./node";

/** Next free byte of the new space. */
let workerCopyTop: usize = 0;
/** Roots ago up to which a node's last use counts. */
let workerMaxAge: u32 = 0;

/** Begins a collection that keeps what at most `maxAge` roots ago was used. Worker 0, all others being away. */
export function beginCollection(maxAge: u32): void {
  workerMaxAge = maxAge;
  const used = load<u32>(SPACE_TOP) - load<u32>(SPACE_START);
  workerCopyTop = <usize>load<u32>(SPACE_START) == SPACE_0 ? SPACE_1 : SPACE_0;
  reach(workerCopyTop + used); // while nothing has moved: memory may be refused
  store<u32>(SPACE_START, u32(workerCopyTop));
}

/** Keeps the root node `node` and what is reached from it: its new address. */
export function keep(node: usize): usize {
  return copy(node);
}

/** Ends it: bytes that are in use. */
export function finishCollection(): u32 {
  const start: usize = load<u32>(SPACE_START);
  for (let node = start; node < workerCopyTop; ) node += scan(node);
  store<u32>(SPACE_TOP, u32(workerCopyTop));
  resetNodes();
  return u32(workerCopyTop - start);
}

/** Keeps what the copied node refers to; its size. */
function scan(node: usize): usize {
  if (isLeaf(node)) {
    keepAt(node + LEAF_STORAGE);
    return sizeOf(node);
  }
  const end = node + BRANCH_CHILDREN + (usize(popcnt(maskOf(node))) << 2);
  for (let place = node + BRANCH_CHILDREN; place < end; place += 4) keepAt(place);
  return sizeOf(node);
}

function keepAt(place: usize): void {
  const child: usize = load<u32>(place);
  if (child == 0) return;
  const isMoved = load<u8>(child, NODE_KIND) == KIND_MOVED;
  const isOld = !isMoved && load<u32>(EPOCH) - load<u32>(child, NODE_LAST_USE) > workerMaxAge;
  store<u32>(place, isOld ? 0 : u32(copy(child)));
}

function copy(node: usize): usize {
  if (load<u8>(node, NODE_KIND) == KIND_MOVED) return load<u32>(node, NODE_LAST_USE);
  const size = sizeOf(node);
  const target = workerCopyTop;
  workerCopyTop += size;
  memory.copy(target, node, size);
  store<u8>(node, KIND_MOVED, NODE_KIND);
  store<u32>(node, u32(target), NODE_LAST_USE);
  return target;
}

function sizeOf(node: usize): usize {
  const size = isLeaf(node) ? LEAF_VALUE + valueSizeOf(node) : branchSize(maskOf(node));
  return (size + 7) & ~7;
}
