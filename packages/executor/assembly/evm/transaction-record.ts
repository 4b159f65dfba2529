// TRANSACTION in full: what the host writes before runTransaction or runCall, and what these answer in it. Its lists
// lie in memory from reserveTransaction.
import { TRANSACTION_SIZE, TransactionHead } from "./layout";

//   0 head (origin, blob hashes, gas price) .. 64 | 64 nonce | 72 gasLimit | 80 type | 84 flags | 88 to .. 108
//   108 data | 112 dataSize | 116 accessList | 120 accessListCount | 124 authorizations | 128 candidateCount
//   132 authorizationCount | 136 value | 168 maxFee | 200 maxPriorityFee | 232 maxBlobFee | 264 chainId
//   296 gasUsed | 304 feeCredit .. 336
@unmanaged class TransactionRecord extends TransactionHead {
  nonce: u64; gasLimit: u64; type: u32; flags: u32; t0: u64; t1: u64; t2: u32; data: u32; dataSize: u32;
  accessList: u32; accessListCount: u32; authorizations: u32; candidateCount: u32; authorizationCount: u32;
  v0: u64; v1: u64; v2: u64; v3: u64; f0: u64; f1: u64; f2: u64; f3: u64; p0: u64; p1: u64; p2: u64; p3: u64;
  b0: u64; b1: u64; b2: u64; b3: u64; c0: u64; c1: u64; c2: u64; c3: u64;
  gasUsed: u64; e0: u64; e1: u64; e2: u64; e3: u64;
}
/** Of a call: not written by the host. */
export const TX_NONCE: usize = offsetof<TransactionRecord>("nonce");
export const TX_GAS_LIMIT: usize = offsetof<TransactionRecord>("gasLimit");
/** EIP-2718: 0 to 4. */
export const TX_TYPE: usize = offsetof<TransactionRecord>("type");
/** TX_IS_* and TX_HAS_* below. */
export const TX_FLAGS: usize = offsetof<TransactionRecord>("flags");
/** Not read for a creation; the new contract's address after one. */
export const TX_TO: usize = offsetof<TransactionRecord>("t0");
export const TX_DATA: usize = offsetof<TransactionRecord>("data");
export const TX_DATA_SIZE: usize = offsetof<TransactionRecord>("dataSize");
/** For each of TX_ACCESS_LIST_COUNT entries (EIP-2930): 0 address .. 20 | 20 keyCount | 24 keys (bytes, 32 each). */
export const TX_ACCESS_LIST: usize = offsetof<TransactionRecord>("accessList");
export const TX_ACCESS_LIST_COUNT: usize = offsetof<TransactionRecord>("accessListCount");
/**
 * The authorizations (EIP-7702) that may apply on this chain and whose authority is known, AUTHORIZATION_SIZE bytes
 * each: 0 nonce | 8 authority .. 28 | 28 delegate .. 48. TX_CANDIDATE_COUNT of them, out of TX_AUTHORIZATION_COUNT.
 */
export const TX_AUTHORIZATIONS: usize = offsetof<TransactionRecord>("authorizations");
export const TX_CANDIDATE_COUNT: usize = offsetof<TransactionRecord>("candidateCount");
export const TX_AUTHORIZATION_COUNT: usize = offsetof<TransactionRecord>("authorizationCount");
export const TX_VALUE: usize = offsetof<TransactionRecord>("v0");
/** Types 0 and 1, and a call: the gas price. */
export const TX_MAX_FEE: usize = offsetof<TransactionRecord>("f0");
/** The same for them. */
export const TX_MAX_PRIORITY_FEE: usize = offsetof<TransactionRecord>("p0");
export const TX_MAX_BLOB_FEE: usize = offsetof<TransactionRecord>("b0");
export const TX_CHAIN_ID: usize = offsetof<TransactionRecord>("c0");
/** Answer: gas that the sender pays. */
export const TX_GAS_USED: usize = offsetof<TransactionRecord>("gasUsed");
/** Answer: wei owed to the beneficiary, a word. */
export const TX_FEE_CREDIT: usize = offsetof<TransactionRecord>("e0");
export const TX_SIZE: usize = offsetof<TransactionRecord>();
if (TX_NONCE != 64 || TX_DATA != 108 || TX_VALUE != 136 || TX_GAS_USED != 296 || TX_SIZE != 336) {
  ERROR("TransactionRecord drifted from its picture");
}
if (TX_SIZE > TRANSACTION_SIZE) ERROR("TransactionRecord does not fit its area");

export const TX_IS_CREATION: u32 = 1;
/** Unset only for a legacy transaction without EIP-155 protection. */
export const TX_HAS_CHAIN_ID: u32 = 2;

export const ACCESS_KEY_COUNT: usize = 20;
export const ACCESS_KEYS: usize = 24;

export const AUTHORIZATION_NONCE: usize = 0;
export const AUTHORIZATION_AUTHORITY: usize = 8;
export const AUTHORIZATION_DELEGATE: usize = 28;
export const AUTHORIZATION_SIZE: usize = 48;
