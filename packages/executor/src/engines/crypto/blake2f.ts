/** The input of EIP-152 without its last byte. */
export interface Blake2fInput {
  readonly rounds: number;
  /** 64 bytes. */
  readonly state: Uint8Array;
  /** 128 bytes. */
  readonly block: Uint8Array;
  /** 16 bytes. */
  readonly counter: Uint8Array;
  readonly isFinal: boolean;
}

const SIGMA = Uint8Array.of(
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  ...[11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  ...[9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  ...[12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  ...[6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
);

const IV = Uint32Array.of(
  ...[0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a],
  ...[0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19],
);

/** Rounds between two questions whether the run is still wanted: about a millisecond. */
const POLL_ROUNDS = 4_096;

/**
 * BLAKE2b's compression function with a chosen number of rounds (EIP-152); 64 bytes. One gas buys one round, so that
 * a call may take seconds: `poll` is called now and then and may throw.
 */
export function blake2f(input: Blake2fInput, poll: () => void): Uint8Array {
  const h = readWords(input.state);
  const m = readWords(input.block);
  const t = readWords(input.counter);
  const v = new Uint32Array(32);
  v.set(h);
  v.set(IV, 16);
  for (let index = 0; index < 4; index++) v[24 + index] = (v[24 + index] as number) ^ (t[index] as number);
  if (input.isFinal) {
    v[28] = ~(v[28] as number);
    v[29] = ~(v[29] as number);
  }
  for (let round = 0; round < input.rounds; round++) {
    if (round % POLL_ROUNDS === 0) poll();
    mixRound(v, m, (round % 10) * 16);
  }
  for (let index = 0; index < 16; index++) {
    h[index] = (h[index] as number) ^ (v[index] as number) ^ (v[index + 16] as number);
  }
  return writeWords(h);
}

function mixRound(v: Uint32Array, m: Uint32Array, schedule: number): void {
  mix(v, m, 0, 8, 16, 24, schedule);
  mix(v, m, 2, 10, 18, 26, schedule + 2);
  mix(v, m, 4, 12, 20, 28, schedule + 4);
  mix(v, m, 6, 14, 22, 30, schedule + 6);
  mix(v, m, 0, 10, 20, 30, schedule + 8);
  mix(v, m, 2, 12, 22, 24, schedule + 10);
  mix(v, m, 4, 14, 16, 26, schedule + 12);
  mix(v, m, 6, 8, 18, 28, schedule + 14);
}

/** BLAKE2b's G on 64-bit words kept as low and high halves, low first; `a` to `d` index the low half. */
function mix(v: Uint32Array, m: Uint32Array, a: number, b: number, c: number, d: number, schedule: number): void {
  const x = (SIGMA[schedule] as number) * 2;
  const y = (SIGMA[schedule + 1] as number) * 2;
  let aLow = v[a] as number;
  let aHigh = v[a + 1] as number;
  let bLow = v[b] as number;
  let bHigh = v[b + 1] as number;
  let cLow = v[c] as number;
  let cHigh = v[c + 1] as number;
  let dLow = v[d] as number;
  let dHigh = v[d + 1] as number;
  let xorLow: number;
  let xorHigh: number;
  let sum: number;

  sum = (aLow >>> 0) + (bLow >>> 0) + (m[x] as number);
  aHigh = (aHigh + bHigh + (m[x + 1] as number) + ((sum / 0x100000000) | 0)) | 0;
  aLow = sum | 0;
  xorLow = dLow ^ aLow; // d = (d ^ a) rotated right by 32
  dLow = dHigh ^ aHigh;
  dHigh = xorLow;
  sum = (cLow >>> 0) + (dLow >>> 0);
  cHigh = (cHigh + dHigh + ((sum / 0x100000000) | 0)) | 0;
  cLow = sum | 0;
  xorLow = bLow ^ cLow; // b = (b ^ c) rotated right by 24
  xorHigh = bHigh ^ cHigh;
  bLow = (xorLow >>> 24) | (xorHigh << 8);
  bHigh = (xorHigh >>> 24) | (xorLow << 8);

  sum = (aLow >>> 0) + (bLow >>> 0) + (m[y] as number);
  aHigh = (aHigh + bHigh + (m[y + 1] as number) + ((sum / 0x100000000) | 0)) | 0;
  aLow = sum | 0;
  xorLow = dLow ^ aLow; // d = (d ^ a) rotated right by 16
  xorHigh = dHigh ^ aHigh;
  dLow = (xorLow >>> 16) | (xorHigh << 16);
  dHigh = (xorHigh >>> 16) | (xorLow << 16);
  sum = (cLow >>> 0) + (dLow >>> 0);
  cHigh = (cHigh + dHigh + ((sum / 0x100000000) | 0)) | 0;
  cLow = sum | 0;
  xorLow = bLow ^ cLow; // b = (b ^ c) rotated right by 63
  xorHigh = bHigh ^ cHigh;
  bLow = (xorHigh >>> 31) | (xorLow << 1);
  bHigh = (xorLow >>> 31) | (xorHigh << 1);

  v[a] = aLow;
  v[a + 1] = aHigh;
  v[b] = bLow;
  v[b + 1] = bHigh;
  v[c] = cLow;
  v[c + 1] = cHigh;
  v[d] = dLow;
  v[d + 1] = dHigh;
}

function readWords(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(bytes.length / 4);
  for (let index = 0; index < words.length; index++) words[index] = view.getUint32(index * 4, true);
  return words;
}

function writeWords(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < words.length; index++) view.setUint32(index * 4, words[index] as number, true);
  return bytes;
}
