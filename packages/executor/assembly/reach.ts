// How the EVM reaches this memory: it is a module of its own with a memory of its own (assembly/evm/core.ts), and calls the
// steps of its thread's instance directly. What they take and give as addresses it fetches and places word by word.
import { CACHE_HIT, loadAccount, loadSlot } from "./flat-cache";
import { ENTRY_ACCOUNT, ENTRY_BASE_EXISTS, ENTRY_BASE_KNOWN, HEAD_BASE, HEAD_ENTRY, ZERO_WORD } from "./layout";
import { publishBase } from "./versioned-memory";
import { workerScratch } from "./worker";

/** The eight bytes at `address`. */
export function peek(address: usize): u64 {
  return load<u64>(address);
}

/** Writes eight bytes to `address`. */
export function poke(address: usize, bytes: u64): void {
  store<u64>(address, bytes);
}

/** Where this worker's scratch area lies. */
export function ownScratch(): usize {
  return workerScratch;
}

/** Whether the values of the account `entry` from before the block are here; takes them from the cache where it has them. */
export function hasAccountBase(entry: usize): bool {
  return atomic.load<u32>(entry, ENTRY_BASE_KNOWN) != 0 || loadAccount(entry) == CACHE_HIT;
}

/** The same for the value of the slot with `head`, whose account's values are here. */
export function hasSlotBase(head: usize): bool {
  if (atomic.load<u32>(head, HEAD_BASE) != 0) return true;
  const account: usize = load<u32>(<usize>load<u32>(head, HEAD_ENTRY), ENTRY_ACCOUNT);
  if (load<u32>(account, ENTRY_BASE_EXISTS) == 0) return publishBase(head, ZERO_WORD);
  return loadSlot(head) == CACHE_HIT;
}
