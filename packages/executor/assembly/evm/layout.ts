// The whole map of the EVM's memory. Nothing else knows an offset; TypeScript reads the exported ones.
//
//   0x00000  null page (address 0 means "none")
//   0x00400  static read-only data of the module
//   0x04000  scratch of keccak (assembly/layout.ts)
//   arena    FIXED AREA of one instance, at the address that setup is given (16-aligned):
//            exchange | words | block | transaction | message | result | opcode table | temporaries | zero word
//            | small words | hash factors | heads of free chunks | tables of accounts, slots, transient slots, codes | sink
//   above    chunks (chunks.ts): frames, records of a transaction, tables, codes
//
// Numbers (balances, values, prices, slot keys inside records) are words: four little-endian u64 limbs, lowest first.
// Addresses (20 bytes), hashes and everything that crosses the exchange area as "bytes" are big-endian.

/** Where this instance's fixed area begins. */
export let workerArena: usize = 0;

/** Says where the fixed area lies; it is ARENA_SIZE bytes, zeroed. */
export function placeArena(arena: usize): void {
  workerArena = arena;
}

// ---- FIXED AREA: offsets from the arena ---------------------------------------------------------------------------
/** What crosses between host and core: see host.ts. 512 bytes. */
export const EXCHANGE: usize = 0;
/** Scratch of the words, and what they know of a modulus (words/). */
export const WORDS: usize = EXCHANGE + 512;
export const WORDS_SIZE: usize = 3584;
export const BLOCK: usize = WORDS + WORDS_SIZE;
export const BLOCK_SIZE: usize = 512;
export const TRANSACTION: usize = BLOCK + BLOCK_SIZE;
export const TRANSACTION_SIZE: usize = 1024;
export const MESSAGE: usize = TRANSACTION + TRANSACTION_SIZE;
export const MESSAGE_AREA: usize = 256;
export const RESULT: usize = MESSAGE + MESSAGE_AREA;
export const RESULT_AREA: usize = 256;
/** 256 entries of 8 bytes for the block's fork: opcode-table.ts. */
export const OPCODE_TABLE: usize = RESULT + RESULT_AREA;
/** Words that one operation needs for itself; never held across two. */
export const TEMPORARIES: usize = OPCODE_TABLE + 2048;
export const TEMPORARIES_SIZE: usize = 1024;
/** 32 zero bytes that nobody writes. */
export const ZERO_WORD: usize = TEMPORARIES + TEMPORARIES_SIZE;
/** The numbers from 0 on as words, that nobody writes: cells/constants.ts. */
export const SMALL_WORDS: usize = ZERO_WORD + 32;
export const SMALL_WORD_COUNT: usize = 256;
/** Secret of the tables' hashes: hash.ts. */
export const HASH_FACTORS: usize = SMALL_WORDS + SMALL_WORD_COUNT * 32;
/** Heads of the lists of free chunks, one a size: chunks.ts. */
export const FREE_CHUNKS: usize = HASH_FACTORS + 96;
/** Hash tables: table.ts. Each is a TABLE_SIZE header and room for its first entries. */
export const ACCOUNT_TABLE: usize = FREE_CHUNKS + 64;
export const TABLE_SIZE: usize = 16;
export const TABLE_FIRST_ENTRIES: usize = 256;
const TABLE_STRIDE: usize = TABLE_SIZE + 4 * TABLE_FIRST_ENTRIES;
export const SLOT_TABLE: usize = ACCOUNT_TABLE + TABLE_STRIDE;
export const TRANSIENT_TABLE: usize = SLOT_TABLE + TABLE_STRIDE;
export const CODE_TABLE: usize = TRANSIENT_TABLE + TABLE_STRIDE;
/** Where a small record goes when memory is at its end; the run is void then. */
export const SINK: usize = CODE_TABLE + TABLE_STRIDE;
export const SINK_SIZE: usize = 512;
export const ARENA_SIZE: usize = SINK + SINK_SIZE;

// ---- Forks --------------------------------------------------------------------------------------------------------
export const FORK_BERLIN: u32 = 0;
export const FORK_LONDON: u32 = 1;
export const FORK_PARIS: u32 = 2;
export const FORK_SHANGHAI: u32 = 3;
export const FORK_CANCUN: u32 = 4;
export const FORK_PRAGUE: u32 = 5;
export const FORK_OSAKA: u32 = 6;

// ---- BLOCK: written by the host before beginBlock, then constant --------------------------------------------------
//   0 number | 8 timestamp | 16 gasLimit | 24 fork | 28 codeSizeLimit | 32 chainId | 64 baseFee | 96 blobBaseFee
//   128 prevRandao (bytes; the difficulty before Paris) | 160 beneficiary .. 180 | 180 maxBlobs | 184 transactionGasCap
@unmanaged export class BlockRecord {
  number: u64; timestamp: u64; gasLimit: u64; fork: u32; codeSizeLimit: u32;
  c0: u64; c1: u64; c2: u64; c3: u64; f0: u64; f1: u64; f2: u64; f3: u64; b0: u64; b1: u64; b2: u64; b3: u64;
  r0: u64; r1: u64; r2: u64; r3: u64; a0: u64; a1: u64; a2: u32; maxBlobs: u32; transactionGasCap: u64;
}
export const BLOCK_NUMBER: usize = offsetof<BlockRecord>("number");
/** Unix seconds. */
export const BLOCK_TIMESTAMP: usize = offsetof<BlockRecord>("timestamp");
export const BLOCK_GAS_LIMIT: usize = offsetof<BlockRecord>("gasLimit");
/** FORK_*. */
export const BLOCK_FORK: usize = offsetof<BlockRecord>("fork");
/** EIP-170, bytes; init code may be twice as long (EIP-3860). */
export const BLOCK_CODE_SIZE_LIMIT: usize = offsetof<BlockRecord>("codeSizeLimit");
export const BLOCK_CHAIN_ID: usize = offsetof<BlockRecord>("c0");
export const BLOCK_BASE_FEE: usize = offsetof<BlockRecord>("f0");
export const BLOCK_BLOB_BASE_FEE: usize = offsetof<BlockRecord>("b0");
export const BLOCK_PREV_RANDAO: usize = offsetof<BlockRecord>("r0");
export const BLOCK_BENEFICIARY: usize = offsetof<BlockRecord>("a0");
/** How many blobs one transaction may have. */
export const BLOCK_MAX_BLOBS: usize = offsetof<BlockRecord>("maxBlobs");
/** EIP-7825; 2^64 - 1: none. */
export const BLOCK_TRANSACTION_GAS_CAP: usize = offsetof<BlockRecord>("transactionGasCap");
if (BLOCK_BENEFICIARY != 160 || BLOCK_TRANSACTION_GAS_CAP != 184) ERROR("BlockRecord drifted from its picture");

// ---- TRANSACTION: what opcodes read of it comes first; the rest belongs to transaction.ts ---------------------------
//   0 origin .. 20 | 20 blobHashes | 24 blobCount | 32 gasPrice .. 64
@unmanaged export class TransactionHead {
  o0: u64; o1: u64; o2: u32; blobHashes: u32; blobCount: u32; spare: u32; g0: u64; g1: u64; g2: u64; g3: u64;
}
export const TX_ORIGIN: usize = offsetof<TransactionHead>("o0");
/** Where the versioned hashes lie, 32 bytes each; TX_BLOB_COUNT of them (EIP-4844). */
export const TX_BLOB_HASHES: usize = offsetof<TransactionHead>("blobHashes");
export const TX_BLOB_COUNT: usize = offsetof<TransactionHead>("blobCount");
/** The effective price, a word. */
export const TX_GAS_PRICE: usize = offsetof<TransactionHead>("g0");
export const TX_HEAD_SIZE: usize = offsetof<TransactionHead>();
if (TX_HEAD_SIZE != 64) ERROR("TransactionHead drifted from its picture");

// ---- MESSAGE: what runMessage runs ----------------------------------------------------------------------------------
//   0 caller .. 20 | 20 to .. 40 | 40 gas | 48 kind | 52 input | 56 inputSize | 64 value .. 96
@unmanaged export class MessageRecord {
  c0: u64; c1: u64; c2: u32; t2: u32; t0: u64; t1: u64; gas: u64; kind: u32; input: u32; inputSize: u32; spare: u32;
  v0: u64; v1: u64; v2: u64; v3: u64;
}
export const MESSAGE_CALLER: usize = 0;
/** Whom it calls; for a creation the address that the new contract gets. */
export const MESSAGE_TO: usize = 20;
/** What is left after intrinsic gas. */
export const MESSAGE_GAS: usize = offsetof<MessageRecord>("gas");
/** MESSAGE_CALL or MESSAGE_CREATE. */
export const MESSAGE_KIND: usize = offsetof<MessageRecord>("kind");
/** Call data, or init code. */
export const MESSAGE_INPUT: usize = offsetof<MessageRecord>("input");
export const MESSAGE_INPUT_SIZE: usize = offsetof<MessageRecord>("inputSize");
export const MESSAGE_VALUE: usize = offsetof<MessageRecord>("v0");
export const MESSAGE_SIZE: usize = offsetof<MessageRecord>();
if (MESSAGE_SIZE != 96 || MESSAGE_GAS != 40) ERROR("MessageRecord drifted from its picture");

export const MESSAGE_CALL: u32 = 0;
export const MESSAGE_CREATE: u32 = 1;

// ---- RESULT: what runMessage came to ----------------------------------------------------------------------------------
//   0 gasLeft | 8 halt | 12 opcode | 16 output | 20 outputSize | 24 firstLog | 28 logCount
@unmanaged export class ResultRecord {
  gasLeft: u64; halt: u32; opcode: u32; output: u32; outputSize: u32; firstLog: u32; logCount: u32;
}
export const RESULT_GAS_LEFT: usize = offsetof<ResultRecord>("gasLeft");
/** HALT_*. */
export const RESULT_HALT: usize = offsetof<ResultRecord>("halt");
/** The opcode of HALT_INVALID_OPCODE. */
export const RESULT_OPCODE: usize = offsetof<ResultRecord>("opcode");
/** Return data, revert data, or the code of the new contract. Good until the next run. */
export const RESULT_OUTPUT: usize = offsetof<ResultRecord>("output");
export const RESULT_OUTPUT_SIZE: usize = offsetof<ResultRecord>("outputSize");
export const RESULT_FIRST_LOG: usize = offsetof<ResultRecord>("firstLog");
export const RESULT_LOG_COUNT: usize = offsetof<ResultRecord>("logCount");

// ---- Why a frame ended --------------------------------------------------------------------------------------------------
export const HALT_NONE: u32 = 0;
export const HALT_REVERT: u32 = 1;
export const HALT_OUT_OF_GAS: u32 = 2;
export const HALT_STACK_UNDERFLOW: u32 = 3;
export const HALT_STACK_OVERFLOW: u32 = 4;
export const HALT_INVALID_JUMP: u32 = 5;
export const HALT_INVALID_OPCODE: u32 = 6;
export const HALT_RETURN_DATA_OUT_OF_BOUNDS: u32 = 7;
export const HALT_WRITE_PROTECTION: u32 = 8;
export const HALT_COLLISION: u32 = 9;
export const HALT_INSUFFICIENT_BALANCE: u32 = 10;
export const HALT_CODE_STORE_OUT_OF_GAS: u32 = 11;
export const HALT_CODE_TOO_LARGE: u32 = 12;
/** Deployed code begins with 0xef (EIP-3541). */
export const HALT_INVALID_CODE: u32 = 13;
export const HALT_INITCODE_TOO_LARGE: u32 = 14;
export const HALT_DEPTH: u32 = 15;
/** The caller's nonce is 2^64 - 1 (EIP-2681). */
export const HALT_NONCE_OVERFLOW: u32 = 16;
export const HALT_PRECOMPILE_FAILED: u32 = 17;
// From here on the whole run is void, whatever its frames would have made of it:
/** The scheduler has given the run up. */
export const HALT_ABANDONED: u32 = 32;
/** An import failed; the host holds the error. */
export const HALT_HOST_FAILED: u32 = 33;
/** Memory cannot grow. */
export const HALT_OUT_OF_MEMORY: u32 = 34;
/** The memory of the block, which is the core's, is used up. */
export const HALT_STARVED: u32 = 35;

// ---- Account: one that this transaction named, first touched first ------------------------------------------------------
//   0 hash | 4 next | 8 flags | 12 slots | 16 address .. 36 | 36 code | 40 nonce | 48 nonceBefore | 56 changes | 60 entry
//   64 balance | 96 balanceBefore | 128 codeHash | 160 codeHashBefore | 192 generation .. 208
@unmanaged export class Account {
  hash: u32; next: u32; flags: u32; slots: u32; a0: u64; a1: u64; a2: u32; code: u32; nonce: u64; nonceBefore: u64;
  changes: u32; entry: u32; b0: u64; b1: u64; b2: u64; b3: u64; e0: u64; e1: u64; e2: u64; e3: u64;
  h0: u64; h1: u64; h2: u64; h3: u64; i0: u64; i1: u64; i2: u64; i3: u64;
  generation: u32; spare1: u32; spare2: u64;
}
export const ACCOUNT_HASH: usize = offsetof<Account>("hash");
/** The one that was touched next; 0 ends the list that starts at firstAccount(). */
export const ACCOUNT_NEXT: usize = offsetof<Account>("next");
/** ACCOUNT_* bits below. */
export const ACCOUNT_FLAGS: usize = offsetof<Account>("flags");
/** Its slot named last; SLOT_NEXT goes on. */
export const ACCOUNT_SLOTS: usize = offsetof<Account>("slots");
export const ACCOUNT_ADDRESS: usize = offsetof<Account>("a0");
/** The Code record of codeHash, 0 while nobody asked for it. */
export const ACCOUNT_CODE: usize = offsetof<Account>("code");
export const ACCOUNT_NONCE: usize = offsetof<Account>("nonce");
export const ACCOUNT_BALANCE: usize = offsetof<Account>("b0");
/** Bytes. */
export const ACCOUNT_CODE_HASH: usize = offsetof<Account>("h0");
/** CHANGED_* and CHANGES_* below, once the run is settled (writes.ts). */
export const ACCOUNT_CHANGES: usize = offsetof<Account>("changes");
/** As the transaction found them. */
export const ACCOUNT_NONCE_BEFORE: usize = offsetof<Account>("nonceBefore");
export const ACCOUNT_BALANCE_BEFORE: usize = offsetof<Account>("e0");
export const ACCOUNT_CODE_HASH_BEFORE: usize = offsetof<Account>("i0");
/** In a run on the core: its entry there, 0 before it was asked for; and the record of its storage generation, once read. */
export const ACCOUNT_ENTRY: usize = offsetof<Account>("entry");
export const ACCOUNT_GENERATION: usize = offsetof<Account>("generation");
export const ACCOUNT_SIZE: usize = offsetof<Account>();
if (ACCOUNT_SIZE != 208 || ACCOUNT_BALANCE != 64) ERROR("Account drifted from its picture");

/** Balance, nonce and code hash are known, but for a balance that is open. */
export const ACCOUNT_LOADED: u32 = 1;
/** It stood in the state when the transaction began. */
export const ACCOUNT_EXISTED: u32 = 2;
/** EIP-2929. Taken back by a revert, as are the three below. */
export const ACCOUNT_WARM: u32 = 4;
/** EIP-161: deleted at the end if it is empty then. */
export const ACCOUNT_TOUCHED: u32 = 8;
/** Made a contract by this transaction (EIP-6780); its storage began empty. */
export const ACCOUNT_CREATED: u32 = 16;
/** Deleted at the end. */
export const ACCOUNT_DESTROYED: u32 = 32;
// What is known of the balance before the run, which no revert takes back:
/** It was not read (balances.ts): ACCOUNT_BALANCE is what the run added to it, and ACCOUNT_BALANCE_BEFORE 0. */
export const ACCOUNT_BALANCE_OPEN: u32 = 64;
/** It was asked, and is below 2^255. */
export const ACCOUNT_BALANCE_MODEST: u32 = 128;

export const CHANGED_BALANCE: u32 = 1;
export const CHANGED_NONCE: u32 = 2;
export const CHANGED_CODE: u32 = 4;
/** Some of its slots are SLOT_CHANGED. */
export const CHANGED_SLOTS: u32 = 8;
/** It does not exist any more; then nothing else but CHANGES_WIPED is set. */
export const CHANGES_DELETED: u32 = 16;
/** All its slots were cleared before those that changed were written. */
export const CHANGES_WIPED: u32 = 32;

// ---- Slot: one of an account; also of its transient storage ----------------------------------------------------------------
//   0 hash | 4 next | 8 account | 12 flags | 16 key | 48 value | 80 before | 112 head .. 128
@unmanaged export class Slot {
  hash: u32; next: u32; account: u32; flags: u32; k0: u64; k1: u64; k2: u64; k3: u64;
  v0: u64; v1: u64; v2: u64; v3: u64; b0: u64; b1: u64; b2: u64; b3: u64;
  head: u32; spare1: u32; spare2: u64;
}
export const SLOT_HASH: usize = offsetof<Slot>("hash");
/** The account's slot that was named before; 0 ends the list. */
export const SLOT_NEXT: usize = offsetof<Slot>("next");
export const SLOT_ACCOUNT: usize = offsetof<Slot>("account");
/** SLOT_* bits below. */
export const SLOT_FLAGS: usize = offsetof<Slot>("flags");
export const SLOT_KEY: usize = offsetof<Slot>("k0");
export const SLOT_VALUE: usize = offsetof<Slot>("v0");
/** As the transaction found it (EIP-2200's original value); 0 in a contract that it made. */
export const SLOT_BEFORE: usize = offsetof<Slot>("b0");
/** In a run on the core: its head there, 0 before it was asked for. */
export const SLOT_HEAD: usize = offsetof<Slot>("head");
export const SLOT_SIZE: usize = offsetof<Slot>();
if (SLOT_SIZE != 128) ERROR("Slot drifted from its picture");

/** The values are known. */
export const SLOT_LOADED: u32 = 1;
/** EIP-2929. */
export const SLOT_WARM: u32 = 2;
/** Its value is other than before, once the run is settled. */
export const SLOT_CHANGED: u32 = 4;

// ---- Code: bytes with a margin of CODE_MARGIN zeros around them ---------------------------------------------------------------
//   0 hash | 32 bytes | 36 size | 40 cells | 44 cached | 48 targets | 56 heat .. 64
@unmanaged export class Code {
  h0: u64; h1: u64; h2: u64; h3: u64; bytes: u32; size: u32; cells: u32; cached: u32; targets: u32; spare: u32; heat: i64;
}
/** Keccak-256, bytes; zeros for init code, which nobody looks up. */
export const CODE_HASH: usize = offsetof<Code>("h0");
/** Where its first byte lies. */
export const CODE_BYTES: usize = offsetof<Code>("bytes");
export const CODE_SIZE: usize = offsetof<Code>("size");
/** The map of its cells (cells/decode.ts); 0 before it has any, and NO_CELLS if it gets none. */
export const CODE_CELLS: usize = offsetof<Code>("cells");
/** Gas that it has burnt operation by operation. */
export const CODE_HEAT: usize = offsetof<Code>("heat");
/** Where jumps may go to (targets.ts), 0 before one asked. */
export const CODE_TARGETS: usize = offsetof<Code>("targets");
/** 1: it outlives the transaction. */
export const CODE_CACHED: usize = offsetof<Code>("cached");
export const CODE_RECORD_SIZE: usize = offsetof<Code>();
export const CODE_MARGIN: usize = 48;

// ---- Log ------------------------------------------------------------------------------------------------------------------
//   0 next | 4 topicCount | 8 data | 12 dataSize | 16 address .. 36 | 40 topics (bytes, 32 each) .. 168
@unmanaged export class Log {
  next: u32; topicCount: u32; data: u32; dataSize: u32; a0: u64; a1: u64; a2: u32; spare: u32;
}
export const LOG_NEXT: usize = offsetof<Log>("next");
export const LOG_TOPIC_COUNT: usize = offsetof<Log>("topicCount");
export const LOG_DATA: usize = offsetof<Log>("data");
export const LOG_DATA_SIZE: usize = offsetof<Log>("dataSize");
export const LOG_ADDRESS: usize = offsetof<Log>("a0");
export const LOG_TOPICS: usize = offsetof<Log>();
if (LOG_TOPICS != 40) ERROR("Log drifted from its picture");
