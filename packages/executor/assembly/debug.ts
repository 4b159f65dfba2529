// Asserts and planted faults: compiled into the debug build alone.
import { workerMutation } from "./worker";

/** Given by the host: throws an error that names `code`. Never called by the release build. */
@external("env", "fail")
declare function fail(code: u32): void;

export const ASSERT_COMMIT_ORDER: u32 = 1;
export const ASSERT_LIST_ORDER: u32 = 3;
export const ASSERT_LOCK_HELD: u32 = 4;
export const ASSERT_COMMITTED_ONCE: u32 = 5;
export const ASSERT_POOL_BOUNDS: u32 = 6;
export const ASSERT_STATE: u32 = 7;
export const ASSERT_STATIC_DATA: u32 = 8;
export const ASSERT_SEEDED: u32 = 9;

/** Commits whatever was executed, without looking at its reads. */
export const MUTATION_SKIP_VALUE_CHECK: u32 = 1;
/** A superseded write that the new run did not repeat stays in the write set. */
export const MUTATION_KEEP_STALE_VERSION: u32 = 2;
/** Slots written before a wipe are still served. */
export const MUTATION_IGNORE_WIPE: u32 = 3;
/** The host assumes the nonce of an EIP-7702 authority to be the one that its tuple names. */
export const MUTATION_ASSUME_AUTHORITY_NONCE: u32 = 4;
/** The host adds the fee by reading and writing the beneficiary's balance. */
export const MUTATION_READ_FEE: u32 = 5;

/** Whether a sender or a contract has what it pays is not asked again at the frontier. */
export const MUTATION_TRUST_FUNDS: u32 = 6;
/** A value that was made of amounts is not looked at again at the frontier. */
export const MUTATION_TRUST_SUMS: u32 = 7;
/** The host leaves the cache of flat state as it was when the head moves. */
export const MUTATION_KEEP_OLD_STATE: u32 = 8;
/** What batches on their way to disk have changed is evicted as anything else. */
export const MUTATION_EVICT_PINNED: u32 = 9;

/** Debug build: ends the run with `code` when `condition` is false. */
@inline
export function check(condition: bool, code: u32): void {
  if (HEDDLE_DEBUG) {
    if (!condition) fail(code);
  }
}

/** Whether a test has planted `mutation`; never in the release build. */
@inline
export function planted(mutation: u32): bool {
  if (HEDDLE_DEBUG) return workerMutation == mutation;
  return false;
}
