// Whether the transaction in TRANSACTION may stand in the block at this place: checks in geth's order. The host has the
// words for each (src/engines/validity.ts).
import { owns } from "./balances";
import { codeOf } from "./code";
import { isDelegation } from "./delegation";
import { measureGas, workerFloorGas, workerIntrinsicGas } from "./intrinsic-gas";
import {
  ACCOUNT_NONCE, BLOCK, BLOCK_BASE_FEE, BLOCK_BLOB_BASE_FEE, BLOCK_CHAIN_ID, BLOCK_CODE_SIZE_LIMIT,
  BLOCK_FORK, BLOCK_MAX_BLOBS, BLOCK_TRANSACTION_GAS_CAP, FORK_BERLIN, FORK_CANCUN, FORK_LONDON, FORK_PRAGUE,
  FORK_SHANGHAI, TEMPORARIES, TRANSACTION, TX_BLOB_COUNT, TX_BLOB_HASHES, workerArena,
} from "./layout";
import {
  TX_AUTHORIZATION_COUNT, TX_CHAIN_ID, TX_DATA_SIZE, TX_FLAGS, TX_GAS_LIMIT, TX_HAS_CHAIN_ID, TX_IS_CREATION,
  TX_MAX_BLOB_FEE, TX_MAX_FEE, TX_MAX_PRIORITY_FEE, TX_NONCE, TX_TYPE, TX_VALUE,
} from "./transaction-record";
import { add } from "./words/addition";
import { multiplyFull } from "./words/multiplication";
import { isBelow, isEqual, isZero, setSmall } from "./words/word";

export const VALID: u32 = 0;
/** Of a type that the fork does not know. */
export const INVALID_TYPE: u32 = 1;
export const INVALID_CHAIN_ID: u32 = 2;
export const INVALID_NONCE: u32 = 3;
/** EIP-7825. */
export const INVALID_GAS_CAP: u32 = 4;
/** EIP-3607. */
export const INVALID_SENDER: u32 = 5;
export const INVALID_FEE: u32 = 6;
export const INVALID_BLOBS: u32 = 7;
/** Of the type for authorizations without any. */
export const INVALID_AUTHORIZATIONS: u32 = 8;
export const INVALID_FUNDS: u32 = 9;
/** Below intrinsic or floor gas, or init code too large. */
export const INVALID_GAS: u32 = 10;

const MAX_NONCE: u64 = 0xffffffffffffffff;
const BLOB_HASH_VERSION: u8 = 1;
/** EIP-4844, of one blob. */
const BLOB_GAS: u64 = 131072;

/** VALID, or the first INVALID_* that holds; `sender` is the sender's loaded account. */
export function findInvalidity(sender: usize): u32 {
  const transaction = workerArena + TRANSACTION, block = workerArena + BLOCK;
  const foreign = findForeign(transaction, block);
  if (foreign != VALID) return foreign;
  const nonce = load<u64>(sender, ACCOUNT_NONCE);
  if (nonce != load<u64>(transaction, TX_NONCE) || nonce == MAX_NONCE) return INVALID_NONCE;
  if (load<u64>(transaction, TX_GAS_LIMIT) > load<u64>(block, BLOCK_TRANSACTION_GAS_CAP)) return INVALID_GAS_CAP;
  if (isContract(sender)) return INVALID_SENDER;
  const maxFee = transaction + TX_MAX_FEE;
  if (isBelow(maxFee, transaction + TX_MAX_PRIORITY_FEE) || isBelow(maxFee, block + BLOCK_BASE_FEE)) return INVALID_FEE;
  const type = load<u32>(transaction, TX_TYPE);
  if (type == 3 && hasBadBlobs(transaction, block)) return INVALID_BLOBS;
  if (type == 4 && load<u32>(transaction, TX_AUTHORIZATION_COUNT) == 0) return INVALID_AUTHORIZATIONS;
  if (lacksFunds(sender, transaction)) return INVALID_FUNDS;
  return findBadGas();
}

/** What is checked of a call as well: INVALID_FUNDS when the sender does not own the value, or INVALID_GAS. */
export function findCallInvalidity(sender: usize): u32 {
  if (!owns(sender, workerArena + TRANSACTION + TX_VALUE)) return INVALID_FUNDS;
  return findBadGas();
}

/** The gas of the blobs of the transaction in TRANSACTION. */
@inline
export function blobGas(): u64 {
  return u64(load<u32>(workerArena + TRANSACTION, TX_BLOB_COUNT)) * BLOB_GAS;
}

function findForeign(transaction: usize, block: usize): u32 {
  if (load<u32>(block, BLOCK_FORK) < typeSince(load<u32>(transaction, TX_TYPE))) return INVALID_TYPE;
  const isForAll = (load<u32>(transaction, TX_FLAGS) & TX_HAS_CHAIN_ID) == 0;
  return isForAll || isEqual(transaction + TX_CHAIN_ID, block + BLOCK_CHAIN_ID) ? VALID : INVALID_CHAIN_ID;
}

function typeSince(type: u32): u32 {
  if (type < 2) return FORK_BERLIN;
  if (type == 2) return FORK_LONDON;
  return type == 3 ? FORK_CANCUN : FORK_PRAGUE;
}

function isContract(sender: usize): bool {
  const code = codeOf(sender);
  return code != 0 && !isDelegation(code);
}

function hasBadBlobs(transaction: usize, block: usize): bool {
  const count = load<u32>(transaction, TX_BLOB_COUNT);
  if (count == 0 || count > load<u32>(block, BLOCK_MAX_BLOBS)) return true;
  const hashes: usize = load<u32>(transaction, TX_BLOB_HASHES);
  for (let index: usize = 0; index < usize(count); index++) {
    if (load<u8>(hashes + index * 32) != BLOB_HASH_VERSION) return true;
  }
  return isBelow(transaction + TX_MAX_BLOB_FEE, block + BLOCK_BLOB_BASE_FEE);
}

/** Whether the balance is below the most that the transaction may cost; no part of the sum is lost above 2^256. */
function lacksFunds(sender: usize, transaction: usize): bool {
  const cost = workerArena + TEMPORARIES, factor = cost + 64, part = cost + 96;
  setSmall(factor, load<u64>(transaction, TX_GAS_LIMIT));
  multiplyFull(cost, factor, transaction + TX_MAX_FEE);
  setSmall(factor, blobGas());
  multiplyFull(part, factor, transaction + TX_MAX_BLOB_FEE);
  const lost = add(cost, cost, part) | add(cost, cost, transaction + TX_VALUE);
  return lost != 0 || !isZero(cost + 32) || !isZero(part + 32) || !owns(sender, cost);
}

function findBadGas(): u32 {
  const transaction = workerArena + TRANSACTION, block = workerArena + BLOCK;
  measureGas();
  const gasLimit = load<u64>(transaction, TX_GAS_LIMIT);
  if (gasLimit < workerIntrinsicGas || gasLimit < workerFloorGas) return INVALID_GAS;
  if ((load<u32>(transaction, TX_FLAGS) & TX_IS_CREATION) == 0) return VALID;
  const limit = u64(load<u32>(block, BLOCK_CODE_SIZE_LIMIT)) * 2;
  const isTooLarge = u64(load<u32>(transaction, TX_DATA_SIZE)) > limit;
  return isTooLarge && load<u32>(block, BLOCK_FORK) >= FORK_SHANGHAI ? INVALID_GAS : VALID;
}
