// Operations that read accounts, the block and the transaction.
import { accountOf, warmAccount } from "../accounts";
import { isEmptyAccount, loadBalance } from "../balances";
import { codeOf } from "../code";
import { FRAME_ACCOUNT } from "../frame";
import { COLD_ACCOUNT_EXTRA } from "../gas";
import { halt, outOfGas } from "../halt";
import { EXCHANGE_VALUE, HOST_FAILED, HOST_PRESENT, readBlockHash } from "../host";
import {
  ACCOUNT_BALANCE, ACCOUNT_CODE_HASH, BLOCK, BLOCK_NUMBER, CODE_SIZE, EXCHANGE, TRANSACTION, TX_BLOB_COUNT,
  TX_BLOB_HASHES, workerArena,
} from "../layout";
import { workerFrame } from "../memory";
import { hostFailed, workerVoid } from "../run-state";
import { readWord } from "../words/bytes";
import { copyWord, saturated, setSmall } from "../words/word";

/** Hashes of so many blocks before this one can be asked for. */
const KNOWN_HASHES: u64 = 256;

/** BALANCE: address -> wei. */
export function balance(sp: usize, gas: i64): i64 {
  const account = accountOf(sp);
  gas = payAccess(account, gas);
  if (gas < 0) return gas;
  loadBalance(account);
  copyWord(sp, account + ACCOUNT_BALANCE);
  return workerVoid ? halt(workerVoid) : gas;
}

/** SELFBALANCE: -> wei (EIP-1884). */
export function selfBalance(sp: usize, gas: i64): i64 {
  const account: usize = load<u32>(workerFrame, FRAME_ACCOUNT);
  loadBalance(account);
  copyWord(sp, account + ACCOUNT_BALANCE);
  return workerVoid ? halt(workerVoid) : gas;
}

/** EXTCODESIZE: address -> bytes. */
export function extCodeSize(sp: usize, gas: i64): i64 {
  const account = accountOf(sp);
  gas = payAccess(account, gas);
  if (gas < 0) return gas;
  const code = codeOf(account);
  setSmall(sp, code == 0 ? 0 : load<u32>(code, CODE_SIZE));
  return workerVoid ? halt(workerVoid) : gas;
}

/** EXTCODEHASH: address -> hash; 0 of an empty account (EIP-1052). */
export function extCodeHash(sp: usize, gas: i64): i64 {
  const account = accountOf(sp);
  gas = payAccess(account, gas);
  if (gas < 0) return gas;
  if (isEmptyAccount(account)) setSmall(sp, 0);
  else readWord(sp, account + ACCOUNT_CODE_HASH);
  return workerVoid ? halt(workerVoid) : gas;
}

/** BLOCKHASH: number -> hash, 0 outside of the last 256. */
export function blockHash(sp: usize, gas: i64): i64 {
  const number = saturated(sp);
  const current = load<u64>(workerArena + BLOCK, BLOCK_NUMBER);
  setSmall(sp, 0);
  if (number >= current || current - number > KNOWN_HASHES) return gas;
  const status = readBlockHash(number);
  if (status == HOST_FAILED) {
    hostFailed();
    return halt(workerVoid);
  }
  if (status == HOST_PRESENT) readWord(sp, workerArena + EXCHANGE + EXCHANGE_VALUE);
  return gas;
}

/** BLOBHASH: index -> versioned hash, 0 beyond the last (EIP-4844). */
export function blobHash(sp: usize): void {
  const transaction = workerArena + TRANSACTION;
  const index = saturated(sp);
  if (index >= u64(load<u32>(transaction, TX_BLOB_COUNT))) return setSmall(sp, 0);
  readWord(sp, <usize>load<u32>(transaction, TX_BLOB_HASHES) + (usize(index) << 5));
}

function payAccess(account: usize, gas: i64): i64 {
  if (warmAccount(account)) return gas;
  gas -= COLD_ACCOUNT_EXTRA;
  return gas < 0 ? outOfGas() : gas;
}
