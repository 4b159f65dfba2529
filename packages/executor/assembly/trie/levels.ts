// New branches do not know at first what stands for their changed children: that is made level by level from the deepest
// one up, when all of a subtrie's nodes are there. Nodes of a level need nothing of each other, so that two of them can
// always be hashed at once, however few of them one branch has.
import { allocateInJob } from "./arena";
import { flushHashes } from "./hash-queue";
import { BRANCH_INLINE, IN_LEVELS, KEY_NIBBLES, NODE_PATH } from "./layout";
import { childAddress, depthOf, inlineOf, referenceOf } from "./node";
import { removeRecord } from "./output";
import { HASH_SIZE } from "./rlp";
import { seal } from "./seal";
import { workerSpace } from "./workspace";

// A child that waits:   0 the next one of its level | 4 its branch | 8 way u8 | 9 whether a record stands in its place
const CHILD_SIZE: usize = 12;
const CHILDREN_AT_ONCE: usize = 512;

let workerChildrenTop: usize = 0;
let workerChildrenEnd: usize = 0;

/** Nothing waits. */
export function resetLevels(): void {
  memory.fill(workerSpace + IN_LEVELS, 0, usize(KEY_NIBBLES) << 2);
  workerChildrenTop = 0;
  workerChildrenEnd = 0;
}

/**
 * Has `branch` hold what stands for its child at `way` when {@link sealLevels} is through. `hasRecord`: whether a record is
 * stored in its place, which goes when the child has none.
 */
export function sealLater(branch: usize, way: u32, hasRecord: u32): void {
  if (workerChildrenTop == workerChildrenEnd) {
    workerChildrenTop = allocateInJob(CHILDREN_AT_ONCE * CHILD_SIZE);
    workerChildrenEnd = workerChildrenTop + CHILDREN_AT_ONCE * CHILD_SIZE;
  }
  const waiting = workerChildrenTop;
  workerChildrenTop += CHILD_SIZE;
  const first = levelAt(depthOf(branch));
  store<u32>(waiting, load<u32>(first));
  store<u32>(waiting, u32(branch), 4);
  store<u8>(waiting, way, 8);
  store<u8>(waiting, hasRecord, 9);
  store<u32>(first, u32(waiting));
}

/** Seals every child that waits. */
export function sealLevels(): void {
  for (let left = KEY_NIBBLES; left > 0; left--) {
    const first = levelAt(left - 1);
    let waiting: usize = load<u32>(first);
    if (waiting == 0) continue;
    for (; waiting != 0; waiting = load<u32>(waiting)) {
      sealChild(load<u32>(waiting, 4), load<u8>(waiting, 8), load<u8>(waiting, 9));
    }
    store<u32>(first, 0);
    flushHashes();
  }
}

function sealChild(branch: usize, way: u32, hasRecord: u32): void {
  const child: usize = load<u32>(childAddress(branch, way));
  const start = depthOf(branch) + 1;
  if (seal(child, start, referenceOf(branch, way)) == HASH_SIZE) return;
  store<u16>(branch, inlineOf(branch) | (1 << way), BRANCH_INLINE);
  if (hasRecord) removeRecord(child + NODE_PATH, start);
}

@inline
function levelAt(depth: u32): usize {
  return workerSpace + IN_LEVELS + (usize(depth) << 2);
}
