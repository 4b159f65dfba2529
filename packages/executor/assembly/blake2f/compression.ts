// BLAKE2b's compression function F with any number of rounds (EIP-152), on an area of BLAKE2F_AREA bytes: what EIP-152 has
// behind the rounds, then the working vector. Rounds go in portions, so that a call of billions of them can be ended.
//
//   0 state h, 64 bytes | 64 block m, 128 | 192 counter t, 16 | 208 final flag, 1 | 224 working vector v, 128 .. 352

const BLOCK: usize = 64;
const COUNTER: usize = 192;
const IS_FINAL: usize = 208;
const VECTOR: usize = 224;
/** Bytes that the caller fills: state, block, counter and flag. */
export const BLAKE2F_INPUT: usize = 209;
export const BLAKE2F_AREA: usize = 352;
/** Bytes of the result, which takes the state's place. */
export const BLAKE2F_OUTPUT: usize = 64;

// BLAKE2's initialization vector (RFC 7693, 2.6).
const IV_0: u64 = 0x6a09e667f3bcc908;
const IV_1: u64 = 0xbb67ae8584caa73b;
const IV_2: u64 = 0x3c6ef372fe94f82b;
const IV_3: u64 = 0xa54ff53a5f1d36f1;
const IV_4: u64 = 0x510e527fade682d1;
const IV_5: u64 = 0x9b05688c2b3e6c1f;
const IV_6: u64 = 0x1f83d9abfb41bd6b;
const IV_7: u64 = 0x5be0cd19137e2179;

/** BLAKE2's message schedule (RFC 7693, 2.7): in which order each round takes the block's words. Read-only. */
const SCHEDULE: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
  7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
  2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
  13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
  10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
]);

/** Fills the working vector from state, counter and flag. */
export function begin(area: usize): void {
  memory.copy(area + VECTOR, area, 64);
  store<u64>(area, IV_0, VECTOR + 64);
  store<u64>(area, IV_1, VECTOR + 72);
  store<u64>(area, IV_2, VECTOR + 80);
  store<u64>(area, IV_3, VECTOR + 88);
  store<u64>(area, IV_4 ^ load<u64>(area, COUNTER), VECTOR + 96);
  store<u64>(area, IV_5 ^ load<u64>(area, COUNTER + 8), VECTOR + 104);
  store<u64>(area, load<u8>(area, IS_FINAL) ? ~IV_6 : IV_6, VECTOR + 112);
  store<u64>(area, IV_7, VECTOR + 120);
}

// @ts-ignore: decorator
@inline function word(area: usize, row: usize, index: usize): u64 {
  return load<u64>(area + (usize(load<u8>(row + index)) << 3), BLOCK);
}

/** Mixes `count` rounds, the first of which is the call's round `first`. */
export function mix(area: usize, first: u32, count: u32): void {
  let v0 = load<u64>(area, VECTOR), v1 = load<u64>(area, VECTOR + 8), v2 = load<u64>(area, VECTOR + 16);
  let v3 = load<u64>(area, VECTOR + 24), v4 = load<u64>(area, VECTOR + 32), v5 = load<u64>(area, VECTOR + 40);
  let v6 = load<u64>(area, VECTOR + 48), v7 = load<u64>(area, VECTOR + 56), v8 = load<u64>(area, VECTOR + 64);
  let v9 = load<u64>(area, VECTOR + 72), v10 = load<u64>(area, VECTOR + 80), v11 = load<u64>(area, VECTOR + 88);
  let v12 = load<u64>(area, VECTOR + 96), v13 = load<u64>(area, VECTOR + 104), v14 = load<u64>(area, VECTOR + 112);
  let v15 = load<u64>(area, VECTOR + 120);
  let line = first % 10;
  for (let round: u32 = 0; round < count; round++) {
    const row = SCHEDULE + (usize(line) << 4);
    line = line == 9 ? 0 : line + 1;
    // columns
    v0 += v4 + word(area, row, 0); v12 = rotr(v12 ^ v0, 32); v8 += v12; v4 = rotr(v4 ^ v8, 24);
    v0 += v4 + word(area, row, 1); v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 63);
    v1 += v5 + word(area, row, 2); v13 = rotr(v13 ^ v1, 32); v9 += v13; v5 = rotr(v5 ^ v9, 24);
    v1 += v5 + word(area, row, 3); v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 63);
    v2 += v6 + word(area, row, 4); v14 = rotr(v14 ^ v2, 32); v10 += v14; v6 = rotr(v6 ^ v10, 24);
    v2 += v6 + word(area, row, 5); v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 63);
    v3 += v7 + word(area, row, 6); v15 = rotr(v15 ^ v3, 32); v11 += v15; v7 = rotr(v7 ^ v11, 24);
    v3 += v7 + word(area, row, 7); v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 63);
    // diagonals
    v0 += v5 + word(area, row, 8); v15 = rotr(v15 ^ v0, 32); v10 += v15; v5 = rotr(v5 ^ v10, 24);
    v0 += v5 + word(area, row, 9); v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 63);
    v1 += v6 + word(area, row, 10); v12 = rotr(v12 ^ v1, 32); v11 += v12; v6 = rotr(v6 ^ v11, 24);
    v1 += v6 + word(area, row, 11); v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 63);
    v2 += v7 + word(area, row, 12); v13 = rotr(v13 ^ v2, 32); v8 += v13; v7 = rotr(v7 ^ v8, 24);
    v2 += v7 + word(area, row, 13); v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 63);
    v3 += v4 + word(area, row, 14); v14 = rotr(v14 ^ v3, 32); v9 += v14; v4 = rotr(v4 ^ v9, 24);
    v3 += v4 + word(area, row, 15); v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 63);
  }
  store<u64>(area, v0, VECTOR); store<u64>(area, v1, VECTOR + 8); store<u64>(area, v2, VECTOR + 16);
  store<u64>(area, v3, VECTOR + 24); store<u64>(area, v4, VECTOR + 32); store<u64>(area, v5, VECTOR + 40);
  store<u64>(area, v6, VECTOR + 48); store<u64>(area, v7, VECTOR + 56); store<u64>(area, v8, VECTOR + 64);
  store<u64>(area, v9, VECTOR + 72); store<u64>(area, v10, VECTOR + 80); store<u64>(area, v11, VECTOR + 88);
  store<u64>(area, v12, VECTOR + 96); store<u64>(area, v13, VECTOR + 104); store<u64>(area, v14, VECTOR + 112);
  store<u64>(area, v15, VECTOR + 120);
}

/** Leaves the result in the state. */
export function finish(area: usize): void {
  for (let offset: usize = 0; offset < 64; offset += 8) {
    const mixed = load<u64>(area + offset, VECTOR) ^ load<u64>(area + offset, VECTOR + 64);
    store<u64>(area + offset, load<u64>(area + offset) ^ mixed);
  }
}
