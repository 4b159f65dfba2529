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
