// Hashes of the keys of the EVM's tables (multilinear.ts).
import { drawFactors, finish, weigh } from "../multilinear";
import { HASH_FACTORS, workerArena } from "./layout";

/** One factor to begin with, and one for each 32 bits of an account's hash and a key. */
const FACTORS: usize = 10;

/** Draws this instance's factors from `seed`. Before anything is in a table. */
export function seedHashes(seed: u64): void {
  drawFactors(factor(0), FACTORS, seed);
}

/** The hash of the 20 bytes at `address`. */
export function hashAddress(address: usize): u32 {
  return finish(load<u64>(factor(0)) + weigh(factor(1), address, 5));
}

/** The hash of the word at `key`, a slot of the account with the hash `account`. */
export function hashSlot(account: u32, key: usize): u32 {
  return finish(load<u64>(factor(0)) + u64(account) * load<u64>(factor(1)) + weigh(factor(2), key, 8));
}

@inline
function factor(index: usize): usize {
  return workerArena + HASH_FACTORS + (index << 3);
}
