// Bytes copied and cleared in place: for the few that keys, fields and values have, a call of the engine's own copying costs
// more than the copying.

/** Copies `size` bytes to where none of them lie. */
@inline
export function copyBytes(target: usize, source: usize, size: usize): void {
  let at: usize = 0;
  for (; at + 8 <= size; at += 8) store<u64>(target + at, load<u64>(source + at));
  for (; at < size; at++) store<u8>(target + at, load<u8>(source + at));
}

/** Clears `size` bytes, a multiple of 8. */
@inline
export function clearBytes(target: usize, size: usize): void {
  for (let at: usize = 0; at < size; at += 8) store<u64>(target + at, 0);
}
