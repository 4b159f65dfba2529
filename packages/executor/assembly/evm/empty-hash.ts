// Keccak-256 of nothing, in four limbs as they lie in memory: the code hash of an account without code.

const EMPTY_0: u64 = 0x3c23f7860146d2c5;
const EMPTY_1: u64 = 0xc003c7dcb27d7e92;
const EMPTY_2: u64 = 0x3b2782ca53b600e5;
const EMPTY_3: u64 = 0x70a4855d04d8fa7b;

/** Whether the 32 bytes at `hash` are it. */
export function isEmptyHash(hash: usize): bool {
  return (
    load<u64>(hash) == EMPTY_0 && load<u64>(hash, 8) == EMPTY_1 && load<u64>(hash, 16) == EMPTY_2 &&
    load<u64>(hash, 24) == EMPTY_3
  );
}

/** Writes it to `hash`. */
export function writeEmptyHash(hash: usize): void {
  store<u64>(hash, EMPTY_0);
  store<u64>(hash, EMPTY_1, 8);
  store<u64>(hash, EMPTY_2, 16);
  store<u64>(hash, EMPTY_3, 24);
}
