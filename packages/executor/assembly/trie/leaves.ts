// For tests: one trie of arbitrary values under keys of any shape, which hashed keys never take.
import { enterJob } from "./job";
import { EPOCH, JOB_TOP, LEAF_COUNT, LEAF_LIST } from "./layout";
import { closeRoot, openHead } from "./state";
import { update } from "./update";

/** Updates the trie `node`, or that with the hash at `hash`, by the listed leaf items; its new root node, as a root. */
export function updateLeaves(node: usize, hash: usize): usize {
  const list: usize = load<u32>(LEAF_LIST);
  const end = list + (usize(load<u32>(LEAF_COUNT)) << 2);
  store<u32>(JOB_TOP, u32((end + 7) & ~7));
  store<u32>(EPOCH, load<u32>(EPOCH) + 1);
  enterJob();
  const before = openHead(node, hash);
  const root = update(before, 0, list, end);
  if (root != before) closeRoot(before, root, hash);
  return root;
}
