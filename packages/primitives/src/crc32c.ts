// CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, four bytes a step ("slicing by 4"): about a gigabyte a second,
// where the byte-wise table would need ten milliseconds for a block of 4 MiB on the path of a vote.
const TABLES = buildTables();

/** The CRC-32C of `bytes`, 32 bits unsigned. */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES;
  const whole = bytes.length & ~3;
  let crc = 0xffff_ffff;
  let offset = 0;
  for (; offset < whole; offset += 4) {
    crc ^=
      at(bytes, offset) | (at(bytes, offset + 1) << 8) | (at(bytes, offset + 2) << 16) | (at(bytes, offset + 3) << 24);
    crc = word(t3, crc & 0xff) ^ word(t2, (crc >>> 8) & 0xff) ^ word(t1, (crc >>> 16) & 0xff) ^ word(t0, crc >>> 24);
  }
  for (; offset < bytes.length; offset++) crc = word(t0, (crc ^ at(bytes, offset)) & 0xff) ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number; // inside the array by the loops above
}

function word(table: Uint32Array, index: number): number {
  return table[index] as number; // 256 entries, an index of 8 bits
}

function buildTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const tables = [0, 1, 2, 3].map(() => new Uint32Array(256)) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  for (let index = 0; index < 256; index++) {
    let crc = index;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1 ? 0x82f6_3b78 : 0) ^ (crc >>> 1);
    tables[0][index] = crc;
  }
  for (let slice = 1; slice < 4; slice++) {
    for (let index = 0; index < 256; index++) {
      const before = word(tables[slice - 1] as Uint32Array, index);
      (tables[slice] as Uint32Array)[index] = word(tables[0], before & 0xff) ^ (before >>> 8);
    }
  }
  return tables;
}
