// Snappy's raw format (format_description.txt of google/snappy): the size of the result as a varint, then elements whose
// tag's low two bits say what they are: 0 a literal, 1 to 3 a copy of what was written before.

/** The bytes that `input` was made of; undefined when it is no Snappy, or gives more than `maxBytes`. */
export function snappyDecompress(input: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const size = readVarint(input, 0);
  if (!size || size.value > maxBytes) return undefined;
  const output = new Uint8Array(size.value);
  let from = size.end;
  let to = 0;
  while (from < input.length) {
    const element = readElement(input, from);
    if (!element || to + element.size > output.length) return undefined;
    if (element.distance === undefined) {
      const end = element.end + element.size;
      if (end > input.length) return undefined;
      output.set(input.subarray(element.end, end), to);
      from = end;
    } else {
      if (element.distance === 0 || element.distance > to) return undefined;
      // One byte after another: a copy may reach into what it writes.
      for (let at = 0; at < element.size; at++) output[to + at] = output[to + at - element.distance] as number;
      from = element.end;
    }
    to += element.size;
  }
  return to === output.length ? output : undefined;
}

/** A little-endian number of seven bits a byte at `offset`, and where it ends; undefined: cut off or above 2^35. */
export function readVarint(bytes: Uint8Array, offset: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let place = 0; place < 5; place++) {
    const byte = bytes[offset + place];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 2 ** (7 * place);
    if (byte < 128) return { value, end: offset + place + 1 };
  }
  return undefined;
}

/** What the element at `offset` writes: so many bytes, from `distance` before, or a literal's own from `end` on. */
function readElement(bytes: Uint8Array, offset: number) {
  const tag = bytes[offset] as number;
  const kind = tag & 3;
  const upper = tag >>> 2;
  const extra = kind === 0 ? Math.max(0, upper - 59) : [0, 1, 2, 4][kind];
  if (extra === undefined || offset + 1 + extra > bytes.length) return undefined;
  let number = 0;
  for (let place = 0; place < extra; place++) number += (bytes[offset + 1 + place] as number) * 2 ** (8 * place);
  const end = offset + 1 + extra;
  if (kind === 0) return { size: (extra === 0 ? upper : number) + 1, distance: undefined, end };
  if (kind === 1) return { size: (upper & 7) + 4, distance: ((upper >>> 3) << 8) + number, end };
  return { size: upper + 1, distance: number, end };
}
