// BLAKE2b's compression function F with any number of rounds (EIP-152), in a module and a memory of its own, one
// instance a thread. Rounds go in portions, so that the host can end a call of billions of them.
//
//   0 state h, 64 bytes | 64 block m, 128 | 192 counter t, 16 | 208 final flag, 1 | 256 working vector v, 128
//   | 384 message schedule, 10 rows of 16 bytes

const STATE: usize = 0;
const BLOCK: usize = 64;
const COUNTER: usize = 192;
const IS_FINAL: usize = 208;
const VECTOR: usize = 256;
const SCHEDULE: usize = 384;

// BLAKE2's initialization vector (RFC 7693, 2.6).
const IV_0: u64 = 0x6a09e667f3bcc908;
const IV_1: u64 = 0xbb67ae8584caa73b;
const IV_2: u64 = 0x3c6ef372fe94f82b;
const IV_3: u64 = 0xa54ff53a5f1d36f1;
const IV_4: u64 = 0x510e527fade682d1;
const IV_5: u64 = 0x9b05688c2b3e6c1f;
const IV_6: u64 = 0x1f83d9abfb41bd6b;
const IV_7: u64 = 0x5be0cd19137e2179;

/** Fills the working vector from state, counter and flag. The host has written these, and once the schedule. */
export function begin(): void {
  memory.copy(VECTOR, STATE, 64);
  store<u64>(VECTOR + 64, IV_0);
  store<u64>(VECTOR + 72, IV_1);
  store<u64>(VECTOR + 80, IV_2);
  store<u64>(VECTOR + 88, IV_3);
  store<u64>(VECTOR + 96, IV_4 ^ load<u64>(COUNTER));
  store<u64>(VECTOR + 104, IV_5 ^ load<u64>(COUNTER + 8));
  store<u64>(VECTOR + 112, load<u8>(IS_FINAL) ? ~IV_6 : IV_6);
  store<u64>(VECTOR + 120, IV_7);
}

// @ts-ignore: decorator
@inline function word(row: usize, index: usize): u64 {
  return load<u64>(BLOCK + ((<usize>load<u8>(row + index)) << 3));
}

/** Mixes `count` rounds, the first of which is the call's round `first`. */
export function mix(first: u32, count: u32): void {
  let v0 = load<u64>(VECTOR), v1 = load<u64>(VECTOR + 8), v2 = load<u64>(VECTOR + 16), v3 = load<u64>(VECTOR + 24);
  let v4 = load<u64>(VECTOR + 32), v5 = load<u64>(VECTOR + 40), v6 = load<u64>(VECTOR + 48), v7 = load<u64>(VECTOR + 56);
  let v8 = load<u64>(VECTOR + 64), v9 = load<u64>(VECTOR + 72), v10 = load<u64>(VECTOR + 80), v11 = load<u64>(VECTOR + 88);
  let v12 = load<u64>(VECTOR + 96), v13 = load<u64>(VECTOR + 104), v14 = load<u64>(VECTOR + 112), v15 = load<u64>(VECTOR + 120);
  let line = first % 10;
  for (let round: u32 = 0; round < count; round++) {
    const row = SCHEDULE + <usize>line * 16;
    line = line == 9 ? 0 : line + 1;
    // columns
    v0 += v4 + word(row, 0); v12 = rotr(v12 ^ v0, 32); v8 += v12; v4 = rotr(v4 ^ v8, 24);
    v0 += v4 + word(row, 1); v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 63);
    v1 += v5 + word(row, 2); v13 = rotr(v13 ^ v1, 32); v9 += v13; v5 = rotr(v5 ^ v9, 24);
    v1 += v5 + word(row, 3); v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 63);
    v2 += v6 + word(row, 4); v14 = rotr(v14 ^ v2, 32); v10 += v14; v6 = rotr(v6 ^ v10, 24);
    v2 += v6 + word(row, 5); v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 63);
    v3 += v7 + word(row, 6); v15 = rotr(v15 ^ v3, 32); v11 += v15; v7 = rotr(v7 ^ v11, 24);
    v3 += v7 + word(row, 7); v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 63);
    // diagonals
    v0 += v5 + word(row, 8); v15 = rotr(v15 ^ v0, 32); v10 += v15; v5 = rotr(v5 ^ v10, 24);
    v0 += v5 + word(row, 9); v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 63);
    v1 += v6 + word(row, 10); v12 = rotr(v12 ^ v1, 32); v11 += v12; v6 = rotr(v6 ^ v11, 24);
    v1 += v6 + word(row, 11); v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 63);
    v2 += v7 + word(row, 12); v13 = rotr(v13 ^ v2, 32); v8 += v13; v7 = rotr(v7 ^ v8, 24);
    v2 += v7 + word(row, 13); v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 63);
    v3 += v4 + word(row, 14); v14 = rotr(v14 ^ v3, 32); v9 += v14; v4 = rotr(v4 ^ v9, 24);
    v3 += v4 + word(row, 15); v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 63);
  }
  store<u64>(VECTOR, v0); store<u64>(VECTOR + 8, v1); store<u64>(VECTOR + 16, v2); store<u64>(VECTOR + 24, v3);
  store<u64>(VECTOR + 32, v4); store<u64>(VECTOR + 40, v5); store<u64>(VECTOR + 48, v6); store<u64>(VECTOR + 56, v7);
  store<u64>(VECTOR + 64, v8); store<u64>(VECTOR + 72, v9); store<u64>(VECTOR + 80, v10); store<u64>(VECTOR + 88, v11);
  store<u64>(VECTOR + 96, v12); store<u64>(VECTOR + 104, v13); store<u64>(VECTOR + 112, v14); store<u64>(VECTOR + 120, v15);
}

/** Leaves the result in the state. */
export function finish(): void {
  for (let offset: usize = 0; offset < 64; offset += 8) {
    const mixed = load<u64>(VECTOR + offset) ^ load<u64>(VECTOR + 64 + offset);
    store<u64>(STATE + offset, load<u64>(STATE + offset) ^ mixed);
  }
}
