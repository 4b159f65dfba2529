// Codes that came into being in this block, by hash, for all workers. Content-addressed: never withdrawn.
import { allocate } from "./arena";
import { CODE_BYTES, CODE_HASH, CODE_NEXT, CODE_SIZE, CODES } from "./layout";
import { copyWord, sameWord } from "./word";

/** Room for a code of `size` bytes under the 32-byte `hash`; its bytes go to the result + CODE_BYTES. 0: memory is short. */
export function makeCode(hash: usize, size: u32): usize {
  const node = allocate(CODE_BYTES + usize(size));
  if (node == 0) return 0;
  store<u32>(node, size, CODE_SIZE);
  copyWord(node + CODE_HASH, hash);
  return node;
}

/** Shows the filled code to all workers. */
export function publishCode(node: usize): void {
  while (true) {
    const newest = atomic.load<u32>(CODES);
    store<u32>(node, newest, CODE_NEXT);
    if (atomic.cmpxchg<u32>(CODES, newest, u32(node)) == newest) return;
  }
}

/** The code with the 32-byte `hash`, 0 when none was made in this block. */
export function findCode(hash: usize): usize {
  let node: usize = atomic.load<u32>(CODES);
  while (node != 0 && !sameWord(node + CODE_HASH, hash)) node = load<u32>(node, CODE_NEXT);
  return node;
}
