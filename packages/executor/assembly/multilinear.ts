// Hashes for tables whose keys are chosen by whoever writes a transaction: no two keys may collide but by chance. Multilinear
// hashing with secret factors (Lemire and Kaser, 2014), mixed once more so that keys in a row spread too.

/** Draws `count` factors, 8 bytes each, from `seed`. */
export function drawFactors(factors: usize, count: usize, seed: u64): void {
  for (let index: usize = 0; index < count; index++) {
    seed += 0x9e3779b97f4a7c15; // splitmix64
    let mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    store<u64>(factors + (index << 3), mixed ^ (mixed >> 31));
  }
}

/** The sum over `parts` of 32 bits at `key`, each times its factor. */
@inline
export function weigh(factors: usize, key: usize, parts: usize): u64 {
  let sum: u64 = 0;
  for (let part: usize = 0; part < parts; part++) {
    sum += u64(load<u32>(key + (part << 2))) * load<u64>(factors + (part << 3));
  }
  return sum;
}

/** The hash that `sum` gives, as MurmurHash3 ends. */
@inline
export function finish(sum: u64): u32 {
  let mixed = (sum ^ (sum >> 33)) * 0xff51afd7ed558ccd;
  mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53;
  return u32(mixed >> 32);
}
