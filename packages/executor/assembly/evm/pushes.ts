// What PUSH puts on the stack.
import * as op from "./opcodes";
import { readWord } from "./words/bytes";

/** Bytes behind `opcode` that are no operations. */
@inline
export function pushedBytes(opcode: u32): usize {
  return opcode >= op.PUSH1 && opcode <= op.PUSH32 ? usize(opcode - op.PUSH1 + 1) : 0;
}

/** `result` = the `count` bytes behind the operation at `pc`: the 32 that end with the last, without those before. */
export function pushBytes(result: usize, pc: usize, count: u32): void {
  readWord(result, pc + usize(count) - 31);
  if (count == 32) return;
  const limb = result + (usize(count >> 3) << 3);
  const bits = u64(count & 7) << 3;
  store<u64>(limb, load<u64>(limb) & ((u64(1) << bits) - 1));
  for (let above = limb + 8; above < result + 32; above += 8) store<u64>(above, 0);
}
