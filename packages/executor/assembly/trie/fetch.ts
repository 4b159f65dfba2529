// Nodes on the way to items, touched before an update walks there. An update waits for one node after another where they
// come from main memory; here the processor waits for many at once.
import { FETCH_GROUP, IN_FETCH, LEAF_VALUE } from "./layout";
import { branchSize, childAddress, depthOf, isLeaf, maskOf, valueSizeOf } from "./node";
import { nibbleAt } from "./nibbles";
import { workerSpace } from "./workspace";

/** Bytes that come from memory at once. */
const LINE_SIZE: usize = 64;

/** Touches what is in memory of the paths from `node` (0: nothing) to the items of the list from `from` to `to`. */
export function fetchPaths(node: usize, from: usize, to: usize): void {
  if (node == 0) return;
  for (let group = from; group < to; group += FETCH_GROUP << 2) fetchGroup(node, group, min(group + (FETCH_GROUP << 2), to));
}

function fetchGroup(root: usize, from: usize, to: usize): void {
  const nodes = workerSpace + IN_FETCH;
  const size = to - from;
  for (let at: usize = 0; at < size; at += 4) store<u32>(nodes + at, u32(root));
  let touched: u32 = 0;
  for (let isLeft = true; isLeft; ) {
    // First their beginnings, on which no branch depends here: none is guessed wrong, all are under way at once.
    for (let at: usize = 0; at < size; at += 4) touched += load<u32>(load<u32>(nodes + at));
    isLeft = false;
    let before: usize = 0;
    for (let at: usize = 0; at < size; at += 4) {
      const node: usize = load<u32>(nodes + at);
      if (node == 0) continue;
      if (node != before) touched += touchLines(node);
      before = node;
      const child = isLeaf(node) ? 0 : childTowards(node, load<u32>(from + at));
      store<u32>(nodes + at, child);
      isLeft = true;
    }
  }
  store<u32>(nodes, touched); // else the loads are left out
}

function touchLines(node: usize): u32 {
  const end = node + (isLeaf(node) ? LEAF_VALUE + valueSizeOf(node) : branchSize(maskOf(node)));
  let touched: u32 = 0;
  for (let at = node + LINE_SIZE; at < end; at += LINE_SIZE) touched += load<u8>(at);
  return touched + load<u8>(end - 1);
}

/** The branch's child on the way to `key`; 0 when there is none, or it is not in memory. */
function childTowards(branch: usize, key: usize): u32 {
  const way = nibbleAt(key, depthOf(branch));
  return ((maskOf(branch) >> way) & 1) == 0 ? 0 : atomic.load<u32>(childAddress(branch, way));
}
