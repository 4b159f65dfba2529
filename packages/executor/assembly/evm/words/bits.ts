// AND, OR, XOR, NOT, BYTE, CLZ, SIGNEXTEND.
import { bitLength, copyWord, isSmall, setSmall } from "./word";

@inline
export function and(result: usize, a: usize, b: usize): void {
  const low = v128.and(v128.load(a), v128.load(b));
  const high = v128.and(v128.load(a, 16), v128.load(b, 16));
  v128.store(result, low);
  v128.store(result, high, 16);
}

@inline
export function or(result: usize, a: usize, b: usize): void {
  const low = v128.or(v128.load(a), v128.load(b));
  const high = v128.or(v128.load(a, 16), v128.load(b, 16));
  v128.store(result, low);
  v128.store(result, high, 16);
}

@inline
export function xor(result: usize, a: usize, b: usize): void {
  const low = v128.xor(v128.load(a), v128.load(b));
  const high = v128.xor(v128.load(a, 16), v128.load(b, 16));
  v128.store(result, low);
  v128.store(result, high, 16);
}

@inline
export function not(result: usize, a: usize): void {
  const low = v128.not(v128.load(a));
  const high = v128.not(v128.load(a, 16));
  v128.store(result, low);
  v128.store(result, high, 16);
}

/** BYTE: `result` = byte `index` of `a`, counted from the highest; 0 beyond 31. */
@inline
export function byteOf(result: usize, index: usize, a: usize): void {
  const position = load<u64>(index);
  const byte: u64 = isSmall(index) && position < 32 ? load<u8>(a + 31 - usize(position)) : 0;
  setSmall(result, byte);
}

/** CLZ (EIP-7939): `result` = how many zero bits `a` begins with; 256 for 0. */
@inline
export function countLeadingZeros(result: usize, a: usize): void {
  setSmall(result, u64(256 - bitLength(a)));
}

/** SIGNEXTEND: `result` = `a` with all bits above byte `index`, counted from the lowest, like the highest bit of it. */
export function signExtend(result: usize, index: usize, a: usize): void {
  const position = load<u64>(index);
  if (!isSmall(index) || position > 30) {
    copyWord(result, a);
    return;
  }
  const sign = u64(<i64>load<i8>(a + usize(position)) >> 63);
  const limbOffset = usize(position & ~7);
  const shift = 56 - (position & 7) * 8;
  const limb = u64(<i64>(load<u64>(a + limbOffset) << shift) >> shift);
  for (let offset: usize = 0; offset < limbOffset; offset += 8) store<u64>(result + offset, load<u64>(a + offset));
  store<u64>(result + limbOffset, limb);
  for (let offset = limbOffset + 8; offset < 32; offset += 8) store<u64>(result + offset, sign);
}
