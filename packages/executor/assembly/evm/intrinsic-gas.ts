// What a transaction costs before its first instruction (EIP-2028, 2930, 3860, 7623, 7702).
import { BLOCK, BLOCK_FORK, FORK_PRAGUE, FORK_SHANGHAI, TRANSACTION, workerArena } from "./layout";
import {
  ACCESS_KEY_COUNT, ACCESS_KEYS, TX_ACCESS_LIST, TX_ACCESS_LIST_COUNT, TX_AUTHORIZATION_COUNT, TX_DATA, TX_DATA_SIZE,
  TX_FLAGS, TX_IS_CREATION,
} from "./transaction-record";

const TRANSACTION_GAS: u64 = 21000;
/** A token is a zero byte, or a quarter of another one. */
const TOKEN: u64 = 4;
const TOKENS_OF_NONZERO: u64 = 4;
const CREATION: u64 = 32000;
const INIT_CODE_WORD: u64 = 2;
const ACCESS_LIST_ADDRESS: u64 = 2400;
const ACCESS_LIST_KEY: u64 = 1900;
const AUTHORIZATION: u64 = 25000;
const FLOOR_TOKEN: u64 = 10;

/** What the transaction in TRANSACTION costs at least, set by measureGas. */
export let workerIntrinsicGas: u64 = 0;
/** What its data makes it pay in any case; 0 before Prague. */
export let workerFloorGas: u64 = 0;

/** Works out both. */
export function measureGas(): void {
  const transaction = workerArena + TRANSACTION;
  const fork = load<u32>(workerArena + BLOCK, BLOCK_FORK);
  const dataSize = u64(load<u32>(transaction, TX_DATA_SIZE));
  const zeros = countZeros(load<u32>(transaction, TX_DATA), usize(dataSize));
  const tokens = zeros + (dataSize - zeros) * TOKENS_OF_NONZERO;
  let gas = TRANSACTION_GAS + tokens * TOKEN;
  if (load<u32>(transaction, TX_FLAGS) & TX_IS_CREATION) {
    gas += CREATION;
    if (fork >= FORK_SHANGHAI) gas += ((dataSize + 31) / 32) * INIT_CODE_WORD;
  }
  gas += accessListGas(load<u32>(transaction, TX_ACCESS_LIST), load<u32>(transaction, TX_ACCESS_LIST_COUNT));
  gas += u64(load<u32>(transaction, TX_AUTHORIZATION_COUNT)) * AUTHORIZATION;
  workerIntrinsicGas = gas;
  workerFloorGas = fork >= FORK_PRAGUE ? TRANSACTION_GAS + tokens * FLOOR_TOKEN : 0;
}

function accessListGas(entry: usize, count: u32): u64 {
  let gas: u64 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const keyCount = load<u32>(entry, ACCESS_KEY_COUNT);
    gas += ACCESS_LIST_ADDRESS + u64(keyCount) * ACCESS_LIST_KEY;
    entry += ACCESS_KEYS + usize(keyCount) * 32;
  }
  return gas;
}

/** How many of the `size` bytes at `bytes` are 0: 16 at a time. */
function countZeros(bytes: usize, size: usize): u64 {
  let count: u64 = 0;
  const end = bytes + size;
  for (; bytes + 16 <= end; bytes += 16) {
    const isZero = i8x16.eq(v128.load(bytes), i8x16.splat(0));
    count += u64(popcnt<i32>(i8x16.bitmask(isZero)));
  }
  for (; bytes < end; bytes++) count += u64(load<u8>(bytes) == 0);
  return count;
}
