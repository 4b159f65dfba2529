// Bytes as text: "0x", and two lower-case hex digits a byte. The host hands over text since its strings are made of it.

/** Writes the `size` bytes whose hex digits follow the "0x" at `text`. */
export function readHex(target: usize, text: usize, size: usize): void {
  let at: usize = 0;
  for (; at + 4 <= size; at += 4) {
    const digits = load<u64>(text + 2 + (at << 1));
    // A letter's low half is its value less 9, and its bit 6 tells it from a digit.
    const nibbles = (digits & 0x0f0f0f0f0f0f0f0f) + ((digits >> 6) & 0x0101010101010101) * 9;
    const spread = ((nibbles << 4) | (nibbles >> 8)) & 0x00ff00ff00ff00ff;
    const halves = (spread | (spread >> 8)) & 0x0000ffff0000ffff;
    store<u32>(target + at, u32(halves | (halves >> 16)));
  }
  for (; at < size; at++) {
    const digits = text + 2 + (at << 1);
    store<u8>(target + at, (valueOfDigit(load<u8>(digits)) << 4) | valueOfDigit(load<u8>(digits, 1)));
  }
}

@inline
function valueOfDigit(digit: u32): u32 {
  return (digit & 15) + (digit >> 6) * 9;
}

/** Writes the text of the `size` bytes, a multiple of 16, at `bytes`. */
export function writeHex(text: usize, bytes: usize, size: usize): void {
  const digits = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
  const low = v128.splat<u8>(0x0f);
  store<u16>(text, 0x7830); // "0x"
  for (let at: usize = 0; at < size; at += 16) {
    const block = v128.load(bytes + at);
    const highs = v128.and(v128.shr<u8>(block, 4), low);
    const lows = v128.and(block, low);
    const place = text + 2 + (at << 1);
    const first = v128.shuffle<u8>(highs, lows, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const second = v128.shuffle<u8>(highs, lows, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v128.store(place, v128.swizzle(digits, first));
    v128.store(place, v128.swizzle(digits, second), 16);
  }
}
