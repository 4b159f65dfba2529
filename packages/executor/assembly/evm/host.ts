// All that the EVM asks of its host; of the core it asks the rest (core.ts), and the traced build reports (trace.ts). What
// crosses beside the parameters lies in the exchange area of the arena. No import throws: one that fails keeps its error,
// answers HOST_FAILED, and the run ends with HALT_HOST_FAILED (HALT_ABANDONED where the host says so through isAbandoned).

export const HOST_ABSENT: u32 = 0;
export const HOST_PRESENT: u32 = 1;
export const HOST_FAILED: u32 = 2;

// ---- EXCHANGE: offsets from its start -----------------------------------------------------------------------------------
/** An account as the host found it: 0 balance (word) | 32 nonce | 40 codeHash (bytes) .. 72. */
export const EXCHANGE_BALANCE: usize = 0;
export const EXCHANGE_NONCE: usize = 32;
export const EXCHANGE_CODE_HASH: usize = 40;
/** A slot's key, bytes; written by the core. */
export const EXCHANGE_KEY: usize = 80;
/** A slot's value or a block's hash, bytes; written by the host. */
export const EXCHANGE_VALUE: usize = 112;
/** What a precompile cost (u64) and how much it put into the output area (u32). */
export const EXCHANGE_GAS_USED: usize = 144;
export const EXCHANGE_OUTPUT_SIZE: usize = 152;

/** Reads the account at `address` (20 bytes) into the exchange area: HOST_PRESENT, HOST_ABSENT or HOST_FAILED. */
@external("host", "readAccount")
export declare function readAccount(address: usize): u32;

/** The same for the transaction's sender before its message runs, with `nonce` assumed instead of read. */
@external("host", "readSender")
export declare function readSender(address: usize, nonce: u64): u32;

/** Reads the slot EXCHANGE_KEY of `address` into EXCHANGE_VALUE: HOST_PRESENT or HOST_FAILED. */
@external("host", "readSlot")
export declare function readSlot(address: usize): u32;

/** Whether any slot of `address` is not zero (EIP-7610): HOST_PRESENT, HOST_ABSENT or HOST_FAILED. */
@external("host", "hasStorage")
export declare function hasStorage(address: usize): u32;

/** Fetches the code with this hash and answers its size, -1 when that failed; takeCode follows. */
@external("host", "readCode")
export declare function readCode(hash: usize): i32;

/** Writes the code that readCode fetched to `target`. */
@external("host", "takeCode")
export declare function takeCode(target: usize): void;

/** The hash of a block, into EXCHANGE_VALUE: HOST_PRESENT, HOST_ABSENT (outside the last 256) or HOST_FAILED. */
@external("host", "readBlockHash")
export declare function readBlockHash(number: u64): u32;

export const PRECOMPILE_SUCCEEDED: u32 = 0;
/** It costs all gas and fails the call. */
export const PRECOMPILE_OUT_OF_GAS: u32 = 1;
/** The same, for an input that it refuses. */
export const PRECOMPILE_REFUSED: u32 = 2;
export const PRECOMPILE_HOST_FAILED: u32 = 3;
export const PRECOMPILE_OUT_OF_MEMORY: u32 = 4;

/**
 * Runs the precompile with this address on the `size` bytes at `input`. On success EXCHANGE_GAS_USED and
 * EXCHANGE_OUTPUT_SIZE are written, and the output lies where the exported reserveOutput(size) said, which the host calls
 * once it knows the size (PRECOMPILE_OUT_OF_MEMORY when that answers 0).
 */
@external("host", "precompile")
export declare function precompile(address: u32, input: usize, size: u32, gas: u64): u32;

/** Whether nobody wants the run any more. Sticky. */
@external("host", "isAbandoned")
export declare function isAbandoned(): u32;

// ---- Of a run on the core (run-on-core.ts) ------------------------------------------------------------------------------
/** Wall milliseconds of the clock that all threads share. The host looks whether the block is cancelled meanwhile. */
@external("host", "now")
export declare function now(): f64;

/** Fetches the values from before the block of the core's account `entry`: HOST_PRESENT or HOST_FAILED. */
@external("host", "loadAccountBase")
export declare function loadAccountBase(entry: usize): u32;

/** The same for the core's slot with `head`. */
@external("host", "loadSlotBase")
export declare function loadSlotBase(head: usize): u32;

/** Shows the code of `size` bytes at `bytes`, with the hash at `hash`, to all workers: HOST_PRESENT or HOST_FAILED. */
@external("host", "publishCode")
export declare function publishCode(hash: usize, bytes: usize, size: usize): u32;

/**
 * Writes the authorizations of the core's transaction `tx` to `place`, and TX_AUTHORIZATIONS with its counts. False: the
 * transaction is for the host.
 */
@external("host", "placeAuthorizations")
export declare function placeAuthorizations(tx: i32, place: usize): bool;
