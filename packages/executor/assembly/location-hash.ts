// Hashes of accounts and slots, for the table of locations and for the cache (multilinear.ts). All workers share the factors.
import { HASH_FACTORS } from "./layout";
import { drawFactors, finish, weigh } from "./multilinear";

/** Of addresses: one to begin with, and one for each 32 bits. */
const ADDRESS_FACTORS: usize = 6;
/** Of slots, behind those: the same for a word, and one for the account. */
const SLOT_FACTORS: usize = 10;

/** Draws the factors from `seed`: once for a memory, before it is used. */
export function seedHashes(seed: u64): void {
  drawFactors(HASH_FACTORS, ADDRESS_FACTORS + SLOT_FACTORS, seed);
}

/** The hash of the 20 bytes at `address`. */
export function hashAddress(address: usize): u32 {
  return finish(load<u64>(HASH_FACTORS) + weigh(HASH_FACTORS + 8, address, 5));
}

/** The hash of the 32 bytes at `slot`, of the account that `account` stands for: its entry, or its hash. */
export function hashSlot(account: u32, slot: usize): u32 {
  const factors = HASH_FACTORS + (ADDRESS_FACTORS << 3);
  return finish(load<u64>(factors) + u64(account) * load<u64>(factors + 8) + weigh(factors + 16, slot, 8));
}
