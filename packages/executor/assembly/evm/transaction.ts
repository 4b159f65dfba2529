// A transaction from its checks to its fee, and a call, which is one without a fee.
import { accountAt, loadAccount, loadSender, setNonce, touchAccount, warmAccount } from "./accounts";
import { applyAuthorizations } from "./authorizations";
import { credit, debit } from "./balances";
import { createAddress } from "./create-address";
import { workerFloorGas, workerIntrinsicGas } from "./intrinsic-gas";
import { workerRefund } from "./journal";
import {
  ACCOUNT_DESTROYED, ACCOUNT_FLAGS, ACCOUNT_LOADED, ACCOUNT_NONCE, BLOCK, BLOCK_BASE_FEE, BLOCK_BENEFICIARY,
  BLOCK_BLOB_BASE_FEE, BLOCK_FORK, FORK_LONDON, FORK_SHANGHAI, HALT_NONE, MESSAGE, MESSAGE_CALL, MESSAGE_CALLER,
  MESSAGE_CREATE, MESSAGE_GAS, MESSAGE_INPUT, MESSAGE_INPUT_SIZE, MESSAGE_KIND, MESSAGE_TO, MESSAGE_VALUE, RESULT,
  RESULT_GAS_LEFT, TEMPORARIES, TRANSACTION, TX_GAS_PRICE, TX_ORIGIN, workerArena,
} from "./layout";
import { allocateBytes } from "./records";
import { resetRun, runMessage } from "./run-message";
import { workerVoid } from "./run-state";
import { slotAt, warmSlot } from "./slots";
import {
  ACCESS_KEY_COUNT, ACCESS_KEYS, TX_ACCESS_LIST, TX_ACCESS_LIST_COUNT, TX_DATA, TX_DATA_SIZE, TX_FEE_CREDIT, TX_FLAGS,
  TX_GAS_LIMIT, TX_GAS_USED, TX_IS_CREATION, TX_MAX_FEE, TX_MAX_PRIORITY_FEE, TX_NONCE, TX_TO, TX_VALUE,
} from "./transaction-record";
import { blobGas, findCallInvalidity, findInvalidity, VALID } from "./validity";
import { add, subtract } from "./words/addition";
import { readWord } from "./words/bytes";
import { multiply } from "./words/multiplication";
import { copyWord, isBelow, isZero, setSmall } from "./words/word";
import { settleWrites } from "./writes";

/** EIP-3529: at most this part of the gas is given back for what was cleared. */
const MAX_REFUND_QUOTIENT: u64 = 5;
const MAX_REFUND_QUOTIENT_BERLIN: u64 = 2;

/**
 * Forgets the run before, and gives `size` bytes for the lists and the data of the next transaction. 0: there is no
 * memory for them. Call before writing TRANSACTION.
 */
export function reserveTransaction(size: u32): usize {
  resetRun();
  memory.fill(workerArena + TRANSACTION, 0, TX_FEE_CREDIT + 32);
  return allocateBytes(size);
}

/**
 * Runs the transaction in TRANSACTION: VALID (then RESULT, the answers in TRANSACTION and the writes hold),
 * INVALID_*, or from HALT_ABANDONED on why the run is void.
 */
export function runTransaction(): u32 {
  const transaction = workerArena + TRANSACTION;
  const sender = loadSender(transaction + TX_ORIGIN, load<u64>(transaction, TX_NONCE));
  const invalidity = findInvalidity(sender);
  if (workerVoid != HALT_NONE) return workerVoid;
  if (invalidity != VALID) return invalidity;
  setGasPrice();
  buyGas(sender);
  runItsMessage(sender);
  if (workerVoid != HALT_NONE) return workerVoid;
  settleGas(sender);
  settleWrites(settleBeneficiary());
  return workerVoid != HALT_NONE ? workerVoid : VALID;
}

/** Runs the call in TRANSACTION, which has no nonce: like runTransaction, without fee, and its writes are none. */
export function runCall(): u32 {
  const transaction = workerArena + TRANSACTION;
  const sender = accountAt(transaction + TX_ORIGIN);
  loadAccount(sender);
  const invalidity = findCallInvalidity(sender);
  if (workerVoid != HALT_NONE) return workerVoid;
  if (invalidity != VALID) return invalidity;
  copyWord(transaction + TX_GAS_PRICE, transaction + TX_MAX_FEE);
  runItsMessage(sender);
  store<u64>(transaction, gasUsed(), TX_GAS_USED);
  return workerVoid != HALT_NONE ? workerVoid : VALID;
}

/** The lower of the fee cap and what base fee and tip come to (EIP-1559). */
function setGasPrice(): void {
  const transaction = workerArena + TRANSACTION;
  const price = transaction + TX_GAS_PRICE, maxFee = transaction + TX_MAX_FEE;
  const carry = add(price, workerArena + BLOCK + BLOCK_BASE_FEE, transaction + TX_MAX_PRIORITY_FEE);
  if (carry != 0 || isBelow(maxFee, price)) copyWord(price, maxFee);
}

/** Takes all that the gas limit may cost; the gas of blobs is gone for good (EIP-4844). */
function buyGas(sender: usize): void {
  const transaction = workerArena + TRANSACTION;
  const cost = workerArena + TEMPORARIES, blobCost = cost + 32;
  setSmall(cost, load<u64>(transaction, TX_GAS_LIMIT));
  multiply(cost, cost, transaction + TX_GAS_PRICE);
  setSmall(blobCost, blobGas());
  multiply(blobCost, blobCost, workerArena + BLOCK + BLOCK_BLOB_BASE_FEE);
  add(cost, cost, blobCost);
  debit(sender, cost);
}

function runItsMessage(sender: usize): void {
  const transaction = workerArena + TRANSACTION, message = workerArena + MESSAGE;
  const isCreation = (load<u32>(transaction, TX_FLAGS) & TX_IS_CREATION) != 0;
  const nonce = load<u64>(sender, ACCOUNT_NONCE);
  if (isCreation) memory.copy(transaction + TX_TO, createAddress(transaction + TX_ORIGIN, nonce), 20);
  setNonce(sender, nonce + 1);
  warmAddresses(sender);
  applyAuthorizations();
  memory.copy(message + MESSAGE_CALLER, transaction + TX_ORIGIN, 20);
  memory.copy(message + MESSAGE_TO, transaction + TX_TO, 20);
  store<u64>(message, load<u64>(transaction, TX_GAS_LIMIT) - workerIntrinsicGas, MESSAGE_GAS);
  store<u32>(message, isCreation ? MESSAGE_CREATE : MESSAGE_CALL, MESSAGE_KIND);
  store<u32>(message, load<u32>(transaction, TX_DATA), MESSAGE_INPUT);
  store<u32>(message, load<u32>(transaction, TX_DATA_SIZE), MESSAGE_INPUT_SIZE);
  copyWord(message + MESSAGE_VALUE, transaction + TX_VALUE);
  if (workerVoid == HALT_NONE) runMessage();
}

/** EIP-2929, EIP-2930, EIP-3651. Precompiles are warm by themselves. */
function warmAddresses(sender: usize): void {
  const transaction = workerArena + TRANSACTION, block = workerArena + BLOCK;
  warmAccount(sender);
  warmAccount(accountAt(transaction + TX_TO));
  if (load<u32>(block, BLOCK_FORK) >= FORK_SHANGHAI) warmAccount(accountAt(block + BLOCK_BENEFICIARY));
  const key = workerArena + TEMPORARIES;
  let entry: usize = load<u32>(transaction, TX_ACCESS_LIST);
  for (let count = load<u32>(transaction, TX_ACCESS_LIST_COUNT); count != 0; count--) {
    const account = accountAt(entry);
    warmAccount(account);
    const end = entry + ACCESS_KEYS + usize(load<u32>(entry, ACCESS_KEY_COUNT)) * 32;
    for (entry += ACCESS_KEYS; entry < end; entry += 32) {
      readWord(key, entry);
      warmSlot(slotAt(account, key));
    }
  }
}

/** What the message came to, less what is given back, but never below the floor (EIP-3529, EIP-7623). */
function gasUsed(): u64 {
  const fork = load<u32>(workerArena + BLOCK, BLOCK_FORK);
  const spent = load<u64>(workerArena + TRANSACTION, TX_GAS_LIMIT) - load<u64>(workerArena + RESULT, RESULT_GAS_LEFT);
  const most = spent / (fork >= FORK_LONDON ? MAX_REFUND_QUOTIENT : MAX_REFUND_QUOTIENT_BERLIN);
  const refund = u64(workerRefund);
  const used = spent - (refund < most ? refund : most);
  return used < workerFloorGas ? workerFloorGas : used;
}

/** Gives unused gas back, and says what the beneficiary is owed. */
function settleGas(sender: usize): void {
  const transaction = workerArena + TRANSACTION;
  const used = gasUsed();
  const amount = workerArena + TEMPORARIES;
  store<u64>(transaction, used, TX_GAS_USED);
  setSmall(amount, load<u64>(transaction, TX_GAS_LIMIT) - used);
  multiply(amount, amount, transaction + TX_GAS_PRICE);
  credit(sender, amount);
  const fee = transaction + TX_FEE_CREDIT;
  setSmall(amount, used);
  subtract(fee, transaction + TX_GAS_PRICE, workerArena + BLOCK + BLOCK_BASE_FEE);
  multiply(fee, fee, amount);
}

/**
 * The fee belongs to nobody's writes, and the beneficiary is not read for it. Where the transaction has read it
 * itself, the fee is gone with an account that was destroyed; a fee of 0 touches it (EIP-161), any other keeps it
 * from being empty. Returns the account that it keeps, else 0.
 */
function settleBeneficiary(): usize {
  const fee = workerArena + TRANSACTION + TX_FEE_CREDIT;
  const beneficiary = accountAt(workerArena + BLOCK + BLOCK_BENEFICIARY);
  const flags = load<u32>(beneficiary, ACCOUNT_FLAGS);
  if (flags & ACCOUNT_DESTROYED) setSmall(fee, 0);
  if (!isZero(fee)) return beneficiary;
  if (flags & ACCOUNT_LOADED) touchAccount(beneficiary);
  return 0;
}
