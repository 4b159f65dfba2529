// The accounts that one transaction names. Each is read from host or core when its balance, nonce or code is first asked for.
import { writeAddress } from "./words/bytes";
import { copyWord } from "./words/word";
import { hasStorageOnCore, readAccountOnCore, readSenderOnCore } from "./core-state";
import { isEmptyHash, writeEmptyHash } from "./empty-hash";
import { hashAddress } from "./hash";
import {
  EXCHANGE_BALANCE, EXCHANGE_CODE_HASH, EXCHANGE_NONCE, HOST_FAILED, HOST_PRESENT, hasStorage, readAccount, readSender,
} from "./host";
import { rememberU32, rememberU64, rememberWord, setBit } from "./journal";
import {
  ACCOUNT_ADDRESS, ACCOUNT_BALANCE, ACCOUNT_BALANCE_BEFORE, ACCOUNT_CODE, ACCOUNT_CODE_HASH, ACCOUNT_CODE_HASH_BEFORE,
  ACCOUNT_CREATED, ACCOUNT_EXISTED, ACCOUNT_FLAGS, ACCOUNT_HASH, ACCOUNT_LOADED, ACCOUNT_NEXT, ACCOUNT_NONCE,
  ACCOUNT_NONCE_BEFORE, ACCOUNT_SIZE, ACCOUNT_TABLE, ACCOUNT_TOUCHED, ACCOUNT_WARM, CODE_HASH, EXCHANGE, TEMPORARIES, workerArena,
} from "./layout";
import { precompileAt } from "./precompiles";
import { allocateRecord } from "./records";
import { hostFailed, workerIsOnCore } from "./run-state";
import { firstIndex, insert, nextIndex, recordAt, resetTable } from "./table";

let workerFirstAccount: usize = 0;
let workerLastAccount: usize = 0;

/** Forgets the accounts of the transaction before. */
export function resetAccounts(): void {
  resetTable(workerArena + ACCOUNT_TABLE);
  workerFirstAccount = 0;
  workerLastAccount = 0;
}

/** Where the list of all named accounts begins, in the order of their naming; ACCOUNT_NEXT goes on; 0: none. */
export function firstAccount(): usize {
  return workerFirstAccount;
}

/** The record of the account at `address` (20 bytes). Reads no state. */
export function accountAt(address: usize): usize {
  const table = workerArena + ACCOUNT_TABLE;
  const a0 = load<u64>(address);
  const a1 = load<u64>(address, 8);
  const a2 = load<u32>(address, 16);
  const hash = hashAddress(address);
  let index = firstIndex(table, hash);
  while (true) {
    const account = recordAt(table, index);
    if (account == 0) return addAccount(table, hash, address);
    if (
      load<u64>(account, ACCOUNT_ADDRESS) == a0 &&
      load<u64>(account, ACCOUNT_ADDRESS + 8) == a1 &&
      load<u32>(account, ACCOUNT_ADDRESS + 16) == a2
    ) {
      return account;
    }
    index = nextIndex(table, index);
  }
}

/** The record of the account whose address is the low 160 bits of the word at `word`. Reads no state. */
export function accountOf(word: usize): usize {
  const address = workerArena + TEMPORARIES;
  writeAddress(address, word);
  return accountAt(address);
}

/** Makes sure that nonce and code hash are known, and that the balance can be changed; who does not exist has none of them. */
@inline
export function loadAccount(account: usize): void {
  if ((load<u32>(account, ACCOUNT_FLAGS) & ACCOUNT_LOADED) == 0) readIt(account);
}

/** The sender's account, with `nonce` assumed instead of read. Before anything else reads it. */
export function loadSender(address: usize, nonce: u64): usize {
  const account = accountAt(address);
  takeReading(account, workerIsOnCore ? readSenderOnCore(account, nonce) : readSender(address, nonce));
  return account;
}

/** Whether the loaded account has the empty code. */
export function hasNoCode(account: usize): bool {
  return isEmptyHash(account + ACCOUNT_CODE_HASH);
}

/** Whether something stands at the address that a new contract may not replace (EIP-684, EIP-7610). Loads it. */
export function isOccupied(account: usize): bool {
  loadAccount(account);
  if (load<u64>(account, ACCOUNT_NONCE) != 0 || !hasNoCode(account)) return true;
  if ((load<u32>(account, ACCOUNT_FLAGS) & (ACCOUNT_EXISTED | ACCOUNT_CREATED)) != ACCOUNT_EXISTED) return false;
  const answer = workerIsOnCore ? hasStorageOnCore(account) : hasStorage(account + ACCOUNT_ADDRESS);
  if (answer == HOST_FAILED) hostFailed();
  return answer == HOST_PRESENT;
}

/** Makes it warm; returns whether it was (EIP-2929). */
@inline
export function warmAccount(account: usize): bool {
  return setBit(account + ACCOUNT_FLAGS, ACCOUNT_WARM);
}

/**
 * Marks it for deletion at the end if it is empty then (EIP-161). A revert takes that back, but for RIPEMD-160's account:
 * so the chain has it since mainnet's block 2,675,119 (geth's journal keeps that touch too).
 */
@inline
export function touchAccount(account: usize): void {
  if (isRipemd160(account)) store<u32>(account, load<u32>(account, ACCOUNT_FLAGS) | ACCOUNT_TOUCHED, ACCOUNT_FLAGS);
  else setBit(account + ACCOUNT_FLAGS, ACCOUNT_TOUCHED);
}

/** Sets one of the ACCOUNT_* bits that a revert takes back. */
export function markAccount(account: usize, bit: u32): void {
  setBit(account + ACCOUNT_FLAGS, bit);
}

/** Sets the nonce of a loaded account, and touches it. */
export function setNonce(account: usize, nonce: u64): void {
  touchAccount(account);
  rememberU64(account + ACCOUNT_NONCE);
  store<u64>(account, nonce, ACCOUNT_NONCE);
}

/** Gives a loaded account the code of this Code record, and touches it. */
export function setCode(account: usize, code: usize): void {
  touchAccount(account);
  rememberWord(account + ACCOUNT_CODE_HASH);
  rememberU32(account + ACCOUNT_CODE);
  copyWord(account + ACCOUNT_CODE_HASH, code + CODE_HASH);
  store<u32>(account, u32(code), ACCOUNT_CODE);
}

@inline
function isRipemd160(account: usize): bool {
  return (
    load<u64>(account, ACCOUNT_ADDRESS) == 0 && load<u64>(account, ACCOUNT_ADDRESS + 8) == 0 &&
    load<u32>(account, ACCOUNT_ADDRESS + 16) == 0x03000000
  );
}

function addAccount(table: usize, hash: u32, address: usize): usize {
  const account = allocateRecord(ACCOUNT_SIZE);
  memory.fill(account, 0, ACCOUNT_SIZE);
  store<u32>(account, hash, ACCOUNT_HASH);
  store<u64>(account, load<u64>(address), ACCOUNT_ADDRESS);
  store<u64>(account, load<u64>(address, 8), ACCOUNT_ADDRESS + 8);
  store<u32>(account, load<u32>(address, 16), ACCOUNT_ADDRESS + 16);
  // EIP-2929: always warm.
  if (precompileAt(address) != 0) store<u32>(account, ACCOUNT_WARM, ACCOUNT_FLAGS);
  if (workerLastAccount == 0) workerFirstAccount = account;
  else store<u32>(workerLastAccount, u32(account), ACCOUNT_NEXT);
  workerLastAccount = account;
  insert(table, account);
  return account;
}

function readIt(account: usize): void {
  takeReading(account, workerIsOnCore ? readAccountOnCore(account) : readAccount(account + ACCOUNT_ADDRESS));
}

function takeReading(account: usize, status: u32): void {
  const exchange = workerArena + EXCHANGE;
  let flags = load<u32>(account, ACCOUNT_FLAGS) | ACCOUNT_LOADED;
  if (status == HOST_PRESENT) {
    flags |= ACCOUNT_EXISTED;
    copyWord(account + ACCOUNT_BALANCE, exchange + EXCHANGE_BALANCE);
    store<u64>(account, load<u64>(exchange, EXCHANGE_NONCE), ACCOUNT_NONCE);
    copyWord(account + ACCOUNT_CODE_HASH, exchange + EXCHANGE_CODE_HASH);
  } else {
    writeEmptyHash(account + ACCOUNT_CODE_HASH);
    if (status == HOST_FAILED) hostFailed();
  }
  store<u32>(account, flags, ACCOUNT_FLAGS);
  copyWord(account + ACCOUNT_BALANCE_BEFORE, account + ACCOUNT_BALANCE);
  store<u64>(account, load<u64>(account, ACCOUNT_NONCE), ACCOUNT_NONCE_BEFORE);
  copyWord(account + ACCOUNT_CODE_HASH_BEFORE, account + ACCOUNT_CODE_HASH);
}
