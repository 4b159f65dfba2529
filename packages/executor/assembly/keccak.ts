// Keccak-256 (FIPS 202's permutation, Keccak's own padding). The state's 25 lanes stay in locals.
import { SCRATCH_KECCAK } from "./layout";
import { workerScratch } from "./worker";

/** Read-only, the same in every instance. */
export const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
  0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
  0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
  0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
  0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
]);

/** Bytes of a block. */
export const RATE: usize = 136;
const STATE_SIZE: usize = 200;

/** Writes the 32-byte Keccak-256 digest of the `size` bytes at `input` to `digest`, which may overlap them. */
export function keccak256(digest: usize, input: usize, size: usize): void {
  const state = workerScratch + SCRATCH_KECCAK;
  for (let offset: usize = 0; offset < STATE_SIZE; offset += 8) store<u64>(state + offset, 0); // a fill is a call to the host
  while (size >= RATE) {
    absorb(state, input, RATE);
    permute(state);
    input += RATE;
    size -= RATE;
  }
  const words = size & ~7;
  absorb(state, input, words);
  // The bytes behind the last whole word, and a 1 behind them.
  let rest: u64 = 1;
  for (let offset = size; offset != words; ) rest = (rest << 8) | u64(load<u8>(input + --offset));
  xorWord(state + words, rest);
  xorWord(state + RATE - 8, <u64>1 << 63);
  permute(state);
  v128.store(digest, v128.load(state));
  v128.store(digest, v128.load(state, 16), 16);
}

@inline
function absorb(state: usize, input: usize, size: usize): void {
  for (let offset: usize = 0; offset < size; offset += 8) xorWord(state + offset, load<u64>(input + offset));
}

@inline
function xorWord(at: usize, value: u64): void {
  store<u64>(at, load<u64>(at) ^ value);
}

function permute(s: usize): void {
  let a0 = load<u64>(s, 0);
  let a1 = load<u64>(s, 8);
  let a2 = load<u64>(s, 16);
  let a3 = load<u64>(s, 24);
  let a4 = load<u64>(s, 32);
  let a5 = load<u64>(s, 40);
  let a6 = load<u64>(s, 48);
  let a7 = load<u64>(s, 56);
  let a8 = load<u64>(s, 64);
  let a9 = load<u64>(s, 72);
  let a10 = load<u64>(s, 80);
  let a11 = load<u64>(s, 88);
  let a12 = load<u64>(s, 96);
  let a13 = load<u64>(s, 104);
  let a14 = load<u64>(s, 112);
  let a15 = load<u64>(s, 120);
  let a16 = load<u64>(s, 128);
  let a17 = load<u64>(s, 136);
  let a18 = load<u64>(s, 144);
  let a19 = load<u64>(s, 152);
  let a20 = load<u64>(s, 160);
  let a21 = load<u64>(s, 168);
  let a22 = load<u64>(s, 176);
  let a23 = load<u64>(s, 184);
  let a24 = load<u64>(s, 192);
  for (let r: usize = 0; r < 192; r += 8) {
    let c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20;
    let c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21;
    let c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22;
    let c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23;
    let c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24;
    let d0 = c4 ^ rotl<u64>(c1, 1);
    let d1 = c0 ^ rotl<u64>(c2, 1);
    let d2 = c1 ^ rotl<u64>(c3, 1);
    let d3 = c2 ^ rotl<u64>(c4, 1);
    let d4 = c3 ^ rotl<u64>(c0, 1);
    let b0 = rotl<u64>(a0 ^ d0, 0);
    let b16 = rotl<u64>(a5 ^ d0, 36);
    let b7 = rotl<u64>(a10 ^ d0, 3);
    let b23 = rotl<u64>(a15 ^ d0, 41);
    let b14 = rotl<u64>(a20 ^ d0, 18);
    let b10 = rotl<u64>(a1 ^ d1, 1);
    let b1 = rotl<u64>(a6 ^ d1, 44);
    let b17 = rotl<u64>(a11 ^ d1, 10);
    let b8 = rotl<u64>(a16 ^ d1, 45);
    let b24 = rotl<u64>(a21 ^ d1, 2);
    let b20 = rotl<u64>(a2 ^ d2, 62);
    let b11 = rotl<u64>(a7 ^ d2, 6);
    let b2 = rotl<u64>(a12 ^ d2, 43);
    let b18 = rotl<u64>(a17 ^ d2, 15);
    let b9 = rotl<u64>(a22 ^ d2, 61);
    let b5 = rotl<u64>(a3 ^ d3, 28);
    let b21 = rotl<u64>(a8 ^ d3, 55);
    let b12 = rotl<u64>(a13 ^ d3, 25);
    let b3 = rotl<u64>(a18 ^ d3, 21);
    let b19 = rotl<u64>(a23 ^ d3, 56);
    let b15 = rotl<u64>(a4 ^ d4, 27);
    let b6 = rotl<u64>(a9 ^ d4, 20);
    let b22 = rotl<u64>(a14 ^ d4, 39);
    let b13 = rotl<u64>(a19 ^ d4, 8);
    let b4 = rotl<u64>(a24 ^ d4, 14);
    a0 = b0 ^ (~b1 & b2);
    a1 = b1 ^ (~b2 & b3);
    a2 = b2 ^ (~b3 & b4);
    a3 = b3 ^ (~b4 & b0);
    a4 = b4 ^ (~b0 & b1);
    a5 = b5 ^ (~b6 & b7);
    a6 = b6 ^ (~b7 & b8);
    a7 = b7 ^ (~b8 & b9);
    a8 = b8 ^ (~b9 & b5);
    a9 = b9 ^ (~b5 & b6);
    a10 = b10 ^ (~b11 & b12);
    a11 = b11 ^ (~b12 & b13);
    a12 = b12 ^ (~b13 & b14);
    a13 = b13 ^ (~b14 & b10);
    a14 = b14 ^ (~b10 & b11);
    a15 = b15 ^ (~b16 & b17);
    a16 = b16 ^ (~b17 & b18);
    a17 = b17 ^ (~b18 & b19);
    a18 = b18 ^ (~b19 & b15);
    a19 = b19 ^ (~b15 & b16);
    a20 = b20 ^ (~b21 & b22);
    a21 = b21 ^ (~b22 & b23);
    a22 = b22 ^ (~b23 & b24);
    a23 = b23 ^ (~b24 & b20);
    a24 = b24 ^ (~b20 & b21);
    a0 ^= load<u64>(ROUND_CONSTANTS + r);
  }
  store<u64>(s, a0, 0);
  store<u64>(s, a1, 8);
  store<u64>(s, a2, 16);
  store<u64>(s, a3, 24);
  store<u64>(s, a4, 32);
  store<u64>(s, a5, 40);
  store<u64>(s, a6, 48);
  store<u64>(s, a7, 56);
  store<u64>(s, a8, 64);
  store<u64>(s, a9, 72);
  store<u64>(s, a10, 80);
  store<u64>(s, a11, 88);
  store<u64>(s, a12, 96);
  store<u64>(s, a13, 104);
  store<u64>(s, a14, 112);
  store<u64>(s, a15, 120);
  store<u64>(s, a16, 128);
  store<u64>(s, a17, 136);
  store<u64>(s, a18, 144);
  store<u64>(s, a19, 152);
  store<u64>(s, a20, 160);
  store<u64>(s, a21, 168);
  store<u64>(s, a22, 176);
  store<u64>(s, a23, 184);
  store<u64>(s, a24, 192);
}
