// The core (assembly/index.ts) as the EVM calls it: the instance of the same thread, without the host between. Addresses
// are those of the core's memory, which is fetched and written word by word.

@external("core", "peek")
export declare function peek(address: usize): u64;
@external("core", "poke")
export declare function poke(address: usize, bytes: u64): void;
@external("core", "ownScratch")
export declare function ownScratch(): usize;
@external("core", "allocate")
export declare function allocateShared(size: usize): usize;
@external("core", "next")
export declare function next(now: f64): i32;
@external("core", "runTransfer")
export declare function runTransfer(now: f64): usize;
@external("core", "currentRow")
export declare function currentRow(): usize;
@external("core", "describe")
export declare function describe(gasLimit: f64): bool;
@external("core", "isFinalRun")
export declare function isFinalRun(): bool;
@external("core", "isUnwanted")
export declare function isUnwanted(now: f64): bool;
@external("core", "internAccount")
export declare function internAccount(address: usize): usize;
@external("core", "internSlot")
export declare function internSlot(account: usize, slot: usize): usize;
@external("core", "hasAccountBase")
export declare function hasAccountBase(entry: usize): bool;
@external("core", "hasSlotBase")
export declare function hasSlotBase(head: usize): bool;
@external("core", "readExact")
export declare function readExact(head: usize): usize;
@external("core", "readAtLeast")
export declare function readAtLeast(head: usize, operand: usize): u32;
@external("core", "readSlot")
export declare function readSharedSlot(head: usize, generation: usize): usize;
@external("core", "readPredicate")
export declare function readPredicate(head: usize, kind: u32, operand: usize): bool;
@external("core", "write")
export declare function write(head: usize, kind: u32, value: usize): bool;
@external("core", "noteWant")
export declare function noteWant(row: usize): void;
@external("core", "forgetRun")
export declare function forgetRun(): void;
@external("core", "abandonRun")
export declare function abandonRun(now: f64): void;
@external("core", "giveBackClaim")
export declare function giveBackClaim(now: f64): void;
@external("core", "finishRun")
export declare function finishRun(
  outcome: u32, gasUsed: f64, fee: usize, result: usize, resultSize: u32, now: f64,
): bool;

/** Fetches the 32-byte number at `address` of the core as the word `word`. */
export function fetchNumber(word: usize, address: usize): void {
  store<u64>(word, bswap<u64>(peek(address + 24)));
  store<u64>(word, bswap<u64>(peek(address + 16)), 8);
  store<u64>(word, bswap<u64>(peek(address + 8)), 16);
  store<u64>(word, bswap<u64>(peek(address)), 24);
}

/** Writes the word `word` as 32 bytes to `address` of the core. */
export function placeNumber(address: usize, word: usize): void {
  poke(address, bswap<u64>(load<u64>(word, 24)));
  poke(address + 8, bswap<u64>(load<u64>(word, 16)));
  poke(address + 16, bswap<u64>(load<u64>(word, 8)));
  poke(address + 24, bswap<u64>(load<u64>(word)));
}

/** Writes `number` as 32 bytes to `address` of the core. */
export function placeSmall(address: usize, number: u64): void {
  poke(address, 0);
  poke(address + 8, 0);
  poke(address + 16, 0);
  poke(address + 24, bswap<u64>(number));
}

/** Fetches `size` bytes, and up to 7 more, from `address` of the core. */
export function fetchBytes(target: usize, address: usize, size: usize): void {
  for (let offset: usize = 0; offset < size; offset += 8) store<u64>(target + offset, peek(address + offset));
}

/** Writes `size` bytes, and up to 7 more, to `address` of the core. */
export function placeBytes(address: usize, source: usize, size: usize): void {
  for (let offset: usize = 0; offset < size; offset += 8) poke(address + offset, load<u64>(source + offset));
}
