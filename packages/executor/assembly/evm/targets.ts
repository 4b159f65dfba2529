// Where the jumps of a code may go: a bit for each of its bytes.
import { allocateTargets } from "./code";
import { CODE_BYTES, CODE_SIZE, CODE_TARGETS } from "./layout";
import * as op from "./opcodes";
import { pushedBytes } from "./pushes";

/**
 * Whether a jump may go to `offset`, inside of the code: a JUMPDEST stands there, and no byte that is pushed. False too
 * when the run is void.
 */
export function isTarget(code: usize, offset: usize): bool {
  if (load<u8>(<usize>load<u32>(code, CODE_BYTES) + offset) != op.JUMPDEST) return false;
  const known: usize = load<u32>(code, CODE_TARGETS);
  const targets = known != 0 ? known : findTargets(code);
  return targets != 0 && ((u32(load<u8>(targets + (offset >> 3))) >> (u32(offset) & 7)) & 1) != 0;
}

/** Found when the first jump asks. 0: the run is void. */
function findTargets(code: usize): usize {
  const bytes: usize = load<u32>(code, CODE_BYTES);
  const size: usize = load<u32>(code, CODE_SIZE);
  const targets = allocateTargets(code);
  if (targets == 0) return 0;
  memory.fill(targets, 0, (size >> 3) + 1);
  for (let offset: usize = 0; offset < size; offset++) {
    const opcode: u32 = load<u8>(bytes + offset);
    if (opcode == op.JUMPDEST) {
      const place = targets + (offset >> 3);
      store<u8>(place, load<u8>(place) | (1 << u8(offset & 7)));
    } else {
      offset += pushedBytes(opcode);
    }
  }
  store<u32>(code, u32(targets), CODE_TARGETS);
  return targets;
}
