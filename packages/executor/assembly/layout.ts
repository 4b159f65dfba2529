// The whole map of the shared memory. Nothing else knows an offset; TypeScript reads the exported ones.
//
//   0x00000  null page (address 0 means "none")
//   0x00400  static read-only data of the module (keccak's round constants; every instantiation rewrites it)
//   0x01000  CONTROL   words shared by all workers, each group on cache lines of its own
//   0x02000  WORKERS   two lines of 64 bytes a worker: its state word, and what it found in the cache
//   0x04000  SCRATCH   1 KiB a worker: keys and values that its host hands over
//   0x20000  CACHE     flat state at the head, which outlives blocks: 64 KiB of locks, then 16 MiB of cells (flat-cache.ts)
//   0x1030000  dynamic regions, laid out anew for each block by block.ts:
//            transaction table | location table | payloads | pool (bump-allocated, never recycled in a block)
//
// All wasm atomics are sequentially consistent. A word marked (a) is written by several workers and always atomic.

/** Workers that one memory can serve. */
export const MAX_WORKERS: u32 = 64;

// ---- CONTROL ----------------------------------------------------------------------------------------------------
const CONTROL: usize = 0x1000;
/** (a) Index of the lowest transaction that is not final. Written by the holder of the token. */
export const FRONTIER: usize = CONTROL;
/** (a) The frontier's token: 0, or worker + 1 that holds it. */
export const TOKEN: usize = CONTROL + 64;
/** (a) Counts calls to waiting workers; the futex of all waits inside a block. */
export const EVENTS: usize = CONTROL + 128;
/** (a) Workers now waiting on EVENTS. */
export const WAITERS: usize = CONTROL + 132;
/** (a) Counts everything that may open a transaction to whoever looks for one: who finds it changed looks again. */
export const CHANGES: usize = CONTROL + 136;
/** (a) First free byte of the pool. */
export const POOL_TOP: usize = CONTROL + 192;
/** (a) Why the block has ended: one of STOP_*. 0 while it runs. */
export const STOP: usize = CONTROL + 256;
/**
 * (a) Counts write sets that were published when one above had begun: only that may have read too early. An executed
 * transaction checked at this count needs no second check.
 */
export const PUBLISHED: usize = CONTROL + 320;
/** (a) The highest transaction that has begun to run ahead of its turn, + 1. */
export const HIGHEST_BEGUN: usize = CONTROL + 324;
/** (a) Locations in the table. */
export const LOCATION_COUNT: usize = CONTROL + 384;
/** (a) Newest node of the list of codes made in this block. */
export const CODES: usize = CONTROL + 448;
// Written by worker 0 before the workers are released, then constant:
export const TX_COUNT: usize = CONTROL + 512;
export const MODE: usize = CONTROL + 516;
export const WINDOW: usize = CONTROL + 520;
export const TX_TABLE: usize = CONTROL + 524;
export const LOCATION_TABLE: usize = CONTROL + 532;
export const LOCATION_MASK: usize = CONTROL + 536;
export const POOL_END: usize = CONTROL + 540;
/** Where the pool ends for speculation; the rest is the reserve of the frontier's runs. */
export const POOL_SPECULATIVE_END: usize = CONTROL + 544;
export const BENEFICIARY: usize = CONTROL + 548;
export const GAS_LIMIT: usize = CONTROL + 552;
export const SIZE_LIMIT: usize = CONTROL + 560;
export const DEADLINE: usize = CONTROL + 568;
export const BUDGET: usize = CONTROL + 576;
export const BLOCK_NUMBER: usize = CONTROL + 584;
/** What the host tells the engines of the block, in the host's own encoding. */
export const ENVIRONMENT: usize = CONTROL + 592;
export const ENVIRONMENT_SIZE: usize = CONTROL + 596;
/** i32: the highest type of transaction that may be run as a plain transfer (transfer.ts), -1 for none. */
export const TRANSFER_TYPES: usize = CONTROL + 600;
/**
 * For tests: 0, or the number of workers. Then each transaction is first run as speculation, and whole, by the worker whose
 * index is the transaction's modulo that number.
 */
export const SPECULATES_FIRST: usize = CONTROL + 604;
/** u64 */
export const CHAIN_ID: usize = CONTROL + 608;
/** f64: EIP-7825, Infinity for none. */
export const TRANSACTION_GAS_CAP: usize = CONTROL + 616;
/** 1: one worker runs the block and nobody asks what depends on what, so no read is noted. */
export const IS_SERIAL: usize = CONTROL + 624;
/** 32 bytes, big-endian. */
export const BASE_FEE: usize = CONTROL + 704;
// Written by the holder of the token alone:
export const GAS_USED: usize = CONTROL + 640;
export const SIZE_USED: usize = CONTROL + 648;
export const FAILED_TX: usize = CONTROL + 656;
// Of the cache, written by worker 0 between blocks, so not on the line before: everybody reads it all the time.
/** Counts blocks since it was opened; 0: there is none. */
export const CACHE_CLOCK: usize = CONTROL + 736;
/** Sets of cells less 1. */
export const CACHE_MASK: usize = CONTROL + 740;

/** 16 secret factors of 8 bytes (location-hash.ts), written before any worker starts, then constant. */
export const HASH_FACTORS: usize = CONTROL + 768;

/** Word by kind of transactions (kinds.ts): how they get on with each other. */
export const KINDS: usize = CONTROL + 1024;
export const KIND_COUNT: u32 = 64;
/** Of each, the transaction that was committed last, plus 1; written by the holder of the token. */
export const KIND_LAST: usize = KINDS + (usize(KIND_COUNT) << 2);
/** 1: some word of KINDS is not 0. */
export const KINDS_KNOWN: usize = KIND_LAST + (usize(KIND_COUNT) << 2);

export const MODE_EXECUTE: u32 = 0;
export const MODE_BUILD: u32 = 1;

export const STOP_DONE: u32 = 1;
/** A given block holds a transaction that cannot stand there: FAILED_TX, its verdict says why. */
export const STOP_INVALID: u32 = 2;
export const STOP_CANCELLED: u32 = 3;
/** A dead worker left a lock or the token behind: the block is run again without it. */
export const STOP_RESTART: u32 = 4;
/** FAILED_TX of a given block could not be run on final state, or what it reads could not be read: its result says why. */
export const STOP_CRASHED: u32 = 5;

// ---- WORKERS ----------------------------------------------------------------------------------------------------
const WORKERS: usize = 0x2000;
const WORKER_STRIDE: usize = 128;
/** Not there yet, or never. */
export const WORKER_ABSENT: u32 = 0;
export const WORKER_PARKED: u32 = 1;
/** Called to the block that runs, not yet awake. */
export const WORKER_ASSIGNED: u32 = 2;
export const WORKER_RUNNING: u32 = 3;
export const WORKER_DEAD: u32 = 4;
export const WORKER_CLOSING: u32 = 5;
/** Called to help with a root, not yet awake; at it, it is RUNNING. */
export const WORKER_CALLED: u32 = 6;

/** In a worker's second line, written by it alone: accounts and slots that the cache had, and that it had not. */
export const WORKER_CACHE_HITS: usize = 64;
export const WORKER_CACHE_MISSES: usize = 68;

/** (a) The state word of worker `index`. Written by the worker, by worker 0 and, for DEAD, by whoever owns the thread. */
export function workerStateAddress(index: u32): usize {
  return WORKERS + usize(index) * WORKER_STRIDE;
}

// ---- SCRATCH ----------------------------------------------------------------------------------------------------
const SCRATCH: usize = 0x4000;
export const SCRATCH_SIZE: usize = 1024;
// ---- CACHE ------------------------------------------------------------------------------------------------------
/** (a) A lock a set: 0, or worker + 1. */
export const CACHE_LOCKS: usize = 0x20000;
export const MAX_CACHE_SETS: u32 = 0x4000;
/** Cells that one set holds: a location can stand in any of them. */
export const CELLS_PER_SET: u32 = 8;
export const CACHE_CELLS: usize = CACHE_LOCKS + (usize(MAX_CACHE_SETS) << 2);
// Cell, under its set's lock while a block runs:
//   0 address 20 | 20 kind | 24 last use | 28 pins
//   account  32 balance 32 | 64 code hash 32 | 96 nonce 8, big-endian | 104 incarnation f64 | 112 exists | 116 has storage
//   slot     32 value 32   | 64 slot 32                               | 104 incarnation f64 .. 128
export const CELL_ADDRESS: usize = 0;
/** 0: free; else KIND_*. */
export const CELL_KIND: usize = 20;
/** CACHE_CLOCK of that time. */
export const CELL_LAST_USE: usize = 24;
/** Batches on their way to disk that have changed it: until they are written it must stay, the store has another value. */
export const CELL_PINS: usize = 28;
export const CELL_VALUE: usize = 32;
/** 32 zeros for no code. */
export const CELL_CODE: usize = 64;
export const CELL_SLOT: usize = 64;
export const CELL_NONCE: usize = 96;
export const CELL_INCARNATION: usize = 104;
export const CELL_EXISTS: usize = 112;
export const CELL_HAS_STORAGE: usize = 116;
export const CELL_SIZE: usize = 128;
export const DYNAMIC_START: usize = CACHE_CELLS + usize(MAX_CACHE_SETS * CELLS_PER_SET) * CELL_SIZE;
if (DYNAMIC_START != 0x1030000) ERROR("the cache drifted from the picture");

/** 32 zero bytes that nobody writes. */
export const ZERO_WORD: usize = 0x1f80;

// Within it: a key of 64 bytes first, then whatever its host puts there; from 256 on, words of the core itself.
export const SCRATCH_MAX_FEE: usize = 256;
export const SCRATCH_TIP: usize = 288;
export const SCRATCH_VALUE: usize = 320;
export const SCRATCH_UPFRONT: usize = 352;
export const SCRATCH_PRICE: usize = 384;
export const SCRATCH_CHANGE: usize = 416;
/** A balance that was added up. */
export const SCRATCH_SUM: usize = 448;
/** A word that is about to be published. */
export const SCRATCH_BASE: usize = 512;
/** Keccak's state, 200 bytes. */
export const SCRATCH_KECCAK: usize = 768;

/** The scratch area of worker `index`. */
export function scratchAddress(index: u32): usize {
  return SCRATCH + usize(index) * SCRATCH_SIZE;
}

// ---- Records: 32-byte values under a version, immutable once linked ---------------------------------------------
//   0 txIndex | 4 kind | 8 next | 12 withdrawn | 16 value .. 48
@unmanaged export class VersionRecord { txIndex: i32; kind: u32; next: u32; withdrawn: u32; v0: u64; v1: u64; v2: u64; v3: u64; }
export const RECORD_TX: usize = offsetof<VersionRecord>("txIndex");
/** One of WRITE_*. */
export const RECORD_KIND: usize = offsetof<VersionRecord>("kind");
/** (a) Next lower transaction's record in the head's list, written under the head's lock; of a committed sum, what it was added to. */
export const RECORD_NEXT: usize = offsetof<VersionRecord>("next");
/** (a) 1: superseded; a reader that stands on it goes on to the next. */
export const RECORD_WITHDRAWN: usize = offsetof<VersionRecord>("withdrawn");
/** 32 bytes, big-endian for numbers. */
export const RECORD_VALUE: usize = offsetof<VersionRecord>("v0");
export const RECORD_SIZE: usize = offsetof<VersionRecord>();
if (RECORD_SIZE != 48) ERROR("VersionRecord drifted from its picture");

/** Index of values that stood there before the block. */
export const TX_BASE: i32 = -2;
/** Index of the system calls before the first transaction. */
export const TX_BLOCK_START: i32 = -1;

// ---- Heads: one for each location -------------------------------------------------------------------------------
//   0 lock | 4 versions | 8 committed | 12 base | 16 losses | 20 entry | 24 field | 28 listed .. 32
@unmanaged export class LocationHead { lock: u32; versions: u32; committed: u32; base: u32; losses: u32; entry: u32; field: u32; listed: u32; }
/** (a) 0, or worker + 1 that changes the list, with LOCK_CONTENDED once another waits for it. */
export const HEAD_LOCK: usize = offsetof<LocationHead>("lock");
/** (a) Newest record, by descending transaction index. Records below the frontier stay linked and are never looked at. */
export const HEAD_VERSIONS: usize = offsetof<LocationHead>("versions");
/** (a) The value at the frontier; 0 while nothing was committed here. Written by the holder of the token. */
export const HEAD_COMMITTED: usize = offsetof<LocationHead>("committed");
/** (a) The value before the block; 0 until somebody needed it. Set once. */
export const HEAD_BASE: usize = offsetof<LocationHead>("base");
/** (a) Runs thrown away because of this location. */
export const HEAD_LOSSES: usize = offsetof<LocationHead>("losses");
export const HEAD_ENTRY: usize = offsetof<LocationHead>("entry");
/** One of FIELD_*. */
export const HEAD_FIELD: usize = offsetof<LocationHead>("field");
/** For whoever lists the locations of a block that has ended, each once: the mark of the last list that it is in. */
export const HEAD_LISTED: usize = offsetof<LocationHead>("listed");
export const HEAD_SIZE: usize = offsetof<LocationHead>();
if (HEAD_SIZE != 32) ERROR("LocationHead drifted from its picture");
/** In HEAD_LOCK: whoever unlocks wakes those that wait. Above every worker + 1. */
export const LOCK_CONTENDED: u32 = 0x80;

export const FIELD_BALANCE: u32 = 0;
export const FIELD_NONCE: u32 = 1;
export const FIELD_CODE: u32 = 2;
/** Where the storage was last wiped or begun, and whether the account is present though empty. */
export const FIELD_GENERATION: u32 = 3;
export const FIELD_SLOT: u32 = 4;

// ---- Entries: an account with its four heads, or a slot with one ------------------------------------------------
//   0 kind | 4 account | 8 baseKnown | 12 baseExists | 16 address .. 36 | 36 baseHasStorage | 40 slot .. 72
//   72 baseIncarnation | 96 heads
export const ENTRY_KIND: usize = 0;
/** A slot's account entry; an account's own. */
export const ENTRY_ACCOUNT: usize = 4;
/** (a) Account: 1 when the four bases and the three base fields below stand. */
export const ENTRY_BASE_KNOWN: usize = 8;
export const ENTRY_BASE_EXISTS: usize = 12;
export const ENTRY_ADDRESS: usize = 16;
/** 1: some slot of the account was not zero before the block (EIP-7610). */
export const ENTRY_BASE_HAS_STORAGE: usize = 36;
export const ENTRY_SLOT: usize = 40;
/** f64: the store's incarnation of the account, part of its slots' keys. */
export const ENTRY_BASE_INCARNATION: usize = 72;
export const ENTRY_HEADS: usize = 96;
export const ACCOUNT_ENTRY_SIZE: usize = ENTRY_HEADS + 4 * HEAD_SIZE;
export const SLOT_ENTRY_SIZE: usize = ENTRY_HEADS + HEAD_SIZE;

/** The head of one of the four fields of the account `entry`. */
@inline
export function headOf(entry: usize, field: u32): usize {
  return entry + ENTRY_HEADS + usize(field) * HEAD_SIZE;
}

export const KIND_ACCOUNT: u32 = 1;
export const KIND_SLOT: u32 = 2;

// ---- Generations: how the value of FIELD_GENERATION is read -----------------------------------------------------
//   value + 0  u64: 0 = as before the block, else position of the last wipe or creation = its index + 2
//   value + 8  u32: 1 = the account exists though nonce, balance and code are empty
export const GENERATION_POSITION: usize = 0;
export const GENERATION_PRESENT: usize = 8;
/** A record made by transaction i stands at position i + POSITION_OFFSET; base values at 0. */
export const POSITION_OFFSET: i32 = 2;

// ---- Segments: lists of 16-byte entries, of reads and of writes -------------------------------------------------
//   0 next | 4 count | 16 entries: head | kind | record | operand (reads) or changed (writes)
export const SEGMENT_NEXT: usize = 0;
export const SEGMENT_COUNT: usize = 4;
export const SEGMENT_ITEMS: usize = 16;
export const SEGMENT_CAPACITY: u32 = 15;
export const ITEM_SIZE: usize = 16;
export const SEGMENT_SIZE: usize = SEGMENT_ITEMS + usize(SEGMENT_CAPACITY) * ITEM_SIZE;
export const ITEM_HEAD: usize = 0;
export const ITEM_KIND: usize = 4;
export const ITEM_RECORD: usize = 8;
/** Reads: address of the 32-byte operand. */
export const ITEM_OPERAND: usize = 12;
/** Writes: 1 when the committed value differs from the one before it. */
export const ITEM_CHANGED: usize = 12;

/** The value itself. */
export const READ_EXACT: u32 = 0;
/** Value >= operand. */
export const READ_AT_LEAST: u32 = 1;
/** Value < operand. */
export const READ_BELOW: u32 = 2;
/** Whether the account of this head is empty (EIP-161) = last byte of the operand. */
export const READ_EMPTY: u32 = 3;
/** A nonce that was assumed to equal the operand. */
export const READ_NONCE_IS: u32 = 4;

export const WRITE_SET: u32 = 0;
/** The record holds an amount that is added, modulo 2^256, to whatever stands below it. */
export const WRITE_ADD: u32 = 1;

// ---- The transaction table: one row a transaction, then one for block start and one for block end ----------------
//   0 status | 4 speculativeRuns | 8 runs | 12 checkedAt | 16 payload | 20 payloadSize | 24 sender | 28 kind | 32 gasLimit f64
//   40 gasUsed f64 | 48 fee | 52 reads | 56 writes | 60 outcome | 64 result | 68 resultSize | 72 runMs f64
//   80 startedAt f64 | 88 verdict | 92 sizeBytes | 96 lastWorker | 100 wasDeferred .. 128
@unmanaged export class TransactionRow {
  status: u32; speculativeRuns: u32; runs: u32; checkedAt: u32; payload: u32; payloadSize: u32; sender: u32; kind: u32;
  gasLimit: f64; gasUsed: f64; fee: u32; reads: u32; writes: u32; outcome: u32; result: u32; resultSize: u32;
  runMs: f64; startedAt: f64; verdict: u32; sizeBytes: u32; lastWorker: u32; wasDeferred: u32;
}
/** (a) incarnation << 16 | (worker + 1) << 8 | one of STATE_*. All fields below belong to whoever moved it last. */
export const ROW_STATUS: usize = offsetof<TransactionRow>("status");
/** Those of its runs that began as speculation. */
export const ROW_SPECULATIVE_RUNS: usize = offsetof<TransactionRow>("speculativeRuns");
/** Runs begun. */
export const ROW_RUNS: usize = offsetof<TransactionRow>("runs");
/** PUBLISHED when its reads were last found to hold. */
export const ROW_CHECKED_AT: usize = offsetof<TransactionRow>("checkedAt");
export const ROW_PAYLOAD: usize = offsetof<TransactionRow>("payload");
export const ROW_PAYLOAD_SIZE: usize = offsetof<TransactionRow>("payloadSize");
/** Address of the sender's 20 bytes. */
export const ROW_SENDER: usize = offsetof<TransactionRow>("sender");
/** Its kind + 1; 0 while nobody needed to know. */
export const ROW_KIND: usize = offsetof<TransactionRow>("kind");
/** -1 until a worker has decoded the payload. */
export const ROW_GAS_LIMIT: usize = offsetof<TransactionRow>("gasLimit");
export const ROW_GAS_USED: usize = offsetof<TransactionRow>("gasUsed");
/** Address of the 32-byte fee credit, 0 for none. */
export const ROW_FEE: usize = offsetof<TransactionRow>("fee");
/** First segment of the last finished run. */
export const ROW_READS: usize = offsetof<TransactionRow>("reads");
export const ROW_WRITES: usize = offsetof<TransactionRow>("writes");
export const ROW_OUTCOME: usize = offsetof<TransactionRow>("outcome");
export const ROW_RESULT: usize = offsetof<TransactionRow>("result");
export const ROW_RESULT_SIZE: usize = offsetof<TransactionRow>("resultSize");
/** Wall milliseconds of the last run; 0 when its worker died in it. */
export const ROW_RUN_MS: usize = offsetof<TransactionRow>("runMs");
/** Of the run that is under way; Infinity while there is none, or it has not noted it yet. */
export const ROW_STARTED_AT: usize = offsetof<TransactionRow>("startedAt");
/** One of VERDICT_*, written by the holder of the token. */
export const ROW_VERDICT: usize = offsetof<TransactionRow>("verdict");
/** Share of the block's size. */
export const ROW_SIZE_BYTES: usize = offsetof<TransactionRow>("sizeBytes");
export const ROW_LAST_WORKER: usize = offsetof<TransactionRow>("lastWorker");
/** 1: a worker that looked for something to do passed it over, for one below it of its kind. */
export const ROW_WAS_DEFERRED: usize = offsetof<TransactionRow>("wasDeferred");
export const ROW_STRIDE: usize = 128;
if (offsetof<TransactionRow>() > ROW_STRIDE) ERROR("TransactionRow outgrew its stride");

/** Waits for somebody to run it. */
export const STATE_READY: u32 = 0;
export const STATE_EXECUTING: u32 = 1;
export const STATE_PUBLISHING: u32 = 2;
/** Its last run stands in the versioned memory. */
export const STATE_EXECUTED: u32 = 3;
/** The holder of the token validates or commits it. */
export const STATE_COMMITTING: u32 = 4;
export const STATE_COMMITTED: u32 = 5;
export const STATE_LEFT_OUT: u32 = 6;

export const OUTCOME_EXECUTED: u32 = 1;
export const OUTCOME_INVALID: u32 = 2;
/** The engine could not run it on final state. */
export const OUTCOME_FAILED: u32 = 3;
/** What it reads could not be read: nothing is said of the transaction. */
export const OUTCOME_UNREADABLE: u32 = 4;
/** The memory of the block was used up. */
export const OUTCOME_STARVED: u32 = 5;

export const VERDICT_COMMITTED: u32 = 1;
export const VERDICT_INVALID: u32 = 2;
/** Its gas limit does not fit what is left. */
export const VERDICT_GAS: u32 = 3;
export const VERDICT_SIZE: u32 = 4;
/** The time budget was over before its turn. */
export const VERDICT_TIME: u32 = 5;
/** Its own run used up the time budget. */
export const VERDICT_TOO_SLOW: u32 = 6;
/** The engine could not run it; a block to build goes on without it. */
export const VERDICT_FAILED: u32 = 7;
/** The memory of the block was used up; such a block goes on without it, too. */
export const VERDICT_MEMORY: u32 = 8;

// ---- Codes made in this block -----------------------------------------------------------------------------------
//   0 next | 4 size | 16 hash .. 48 | 48 bytes
export const CODE_NEXT: usize = 0;
export const CODE_SIZE: usize = 4;
export const CODE_HASH: usize = 16;
export const CODE_BYTES: usize = 48;

// ---- Limits -----------------------------------------------------------------------------------------------------
/** Speculative runs of one transaction; then it waits for its turn at the frontier. */
export const MAX_SPECULATIVE_RUNS: u32 = 3;
/** How far ahead of the frontier a worker that has found something to do looks for more, for those that wait. */
export const SHARED_DEPTH: u32 = 64;
/** Loads before a wait goes to the futex. */
export const SPIN_LOADS: u32 = 200;
/** Longest wait for a head's lock before looking whether its owner lives, nanoseconds. */
export const LOCK_WAIT_NS: i64 = 50_000;
/** Longest wait for an event before the host has a look at its own cancel word, nanoseconds. */
export const EVENT_WAIT_NS: i64 = 2_000_000;
/** What a worker takes from the pool at once, bytes. */
export const CHUNK_SIZE: usize = 32768;
