// Hashes of the tables' keys. Whoever writes a transaction chooses the keys, so no two of them may collide but by chance:
// multilinear hashing with secret factors (Lemire and Kaser, 2014), mixed once more so that keys in a row spread too.
import { HASH_FACTORS, workerArena } from "./layout";

/** One factor to begin with, and one for each 32 bits of an account's hash and a key. */
const FACTORS: usize = 10;

/** Draws this instance's factors from `seed`. Before anything is in a table. */
export function seedHashes(seed: u64): void {
  for (let index: usize = 0; index < FACTORS; index++) {
    seed += 0x9e3779b97f4a7c15; // splitmix64
    let mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    store<u64>(workerArena + HASH_FACTORS + (index << 3), mixed ^ (mixed >> 31));
  }
}

/** The hash of the 20 bytes at `address`. */
export function hashAddress(address: usize): u32 {
  let sum = factor(0);
  for (let part: usize = 0; part < 5; part++) sum += u64(load<u32>(address + (part << 2))) * factor(part + 1);
  return finish(sum);
}

/** The hash of the word at `key`, a slot of the account with the hash `account`. */
export function hashSlot(account: u32, key: usize): u32 {
  let sum = factor(0) + u64(account) * factor(1);
  for (let part: usize = 0; part < 8; part++) sum += u64(load<u32>(key + (part << 2))) * factor(part + 2);
  return finish(sum);
}

/** As MurmurHash3 ends. */
@inline
function finish(sum: u64): u32 {
  let mixed = (sum ^ (sum >> 33)) * 0xff51afd7ed558ccd;
  mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53;
  return u32(mixed >> 32);
}

@inline
function factor(index: usize): u64 {
  return load<u64>(workerArena + HASH_FACTORS + (index << 3));
}
