import type { Transferable } from '../threads/port-rpc.ts';

/** Many byte strings in one buffer, so that a batch crosses a thread boundary as one transfer. */
export interface PackedBytes {
  /** All strings one after another, in a buffer of their own. */
  readonly bytes: Uint8Array;
  /** The size of each, in order. */
  readonly sizes: Uint32Array;
}

/** Copies `strings` into one buffer. */
export function packBytes(strings: readonly Uint8Array[]): PackedBytes {
  const sizes = Uint32Array.from(strings, (string) => string.length);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  for (const string of strings) {
    bytes.set(string, offset);
    offset += string.length;
  }
  return { bytes, sizes };
}

/** The strings, each a view: whoever keeps one beyond the batch copies it, or it keeps the whole batch alive. */
export function unpackBytes({ bytes, sizes }: PackedBytes): Uint8Array[] {
  let offset = 0;
  return Array.from(sizes, (size) => {
    const start = offset;
    offset += size;
    return bytes.subarray(start, offset);
  });
}

/** The buffers of `packed`, for a transfer list. Only for what {@link packBytes} made, or that came by transfer. */
export function buffersOf(packed: PackedBytes): Transferable[] {
  return [packed.bytes.buffer as ArrayBuffer, packed.sizes.buffer as ArrayBuffer];
}
