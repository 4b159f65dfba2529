// Takes apart the bytes of a plain transfer: a signed transaction of type 0, 1 or 2 that sends an amount to an address
// that is no precompile, without data and without an access list. Strict, and never the judge of anything: whatever is
// not exactly so is left to the engine, which knows every transaction and every reason to refuse one.
import { CHAIN_ID, SCRATCH_MAX_FEE, SCRATCH_TIP, SCRATCH_VALUE, TRANSFER_TYPES } from "./layout";
import { clearWord } from "./word";
import { workerScratch } from "./worker";

const LEGACY_ITEMS: u32 = 0xc0;
const EMPTY_LIST: u32 = 0xc0;
const EMPTY_STRING: u32 = 0x80;
const ADDRESS_PREFIX: u32 = 0x94;
/** Fees and amounts from 2^128 on are nobody's plain transfer, and sums of smaller ones cannot overflow. */
const AMOUNT_BYTES: u32 = 16;
/** Room for any number that is a gas limit, a nonce or a chain id in earnest. */
const NUMBER_BYTES: u32 = 6;
/** In every fork the addresses of precompiles are zero but for their last two bytes. */
const PRECOMPILE_ZEROS: usize = 18;

export let transferNonce: u64 = 0;
export let transferGasLimit: u64 = 0;
/** Address of the recipient's 20 bytes. */
export let transferRecipient: usize = 0;

/** Address of the most that one gas may cost, 32 bytes big-endian. */
@inline
export function transferMaxFee(): usize {
  return workerScratch + SCRATCH_MAX_FEE;
}

/** Address of the most that the proposer gets for one gas. */
@inline
export function transferTip(): usize {
  return workerScratch + SCRATCH_TIP;
}

/** Address of the amount. */
@inline
export function transferValue(): usize {
  return workerScratch + SCRATCH_VALUE;
}

let at: usize = 0;
let end: usize = 0;
/** Whether anything so far was not as a plain transfer has it. */
let isOther: bool = false;

/** Reads the transaction of `size` bytes at `raw`. False: it is no plain transfer. */
export function readTransfer(raw: usize, size: usize): bool {
  at = raw;
  end = raw + size;
  isOther = size == 0;
  if (isOther) return false;
  let type: u32 = load<u8>(raw);
  if (type >= LEGACY_ITEMS) type = 0;
  else if (type == 0) return false;
  else at++;
  const types = load<i32>(TRANSFER_TYPES);
  if (type > 2 || i32(type) > types) return false;
  openList();
  const chainId = load<u64>(CHAIN_ID);
  if (type > 0 && number() != chainId) return false;
  transferNonce = number();
  if (type == 2) amount(transferTip());
  amount(transferMaxFee());
  if (type != 2) memory.copy(transferTip(), transferMaxFee(), 32);
  transferGasLimit = number();
  address();
  amount(transferValue());
  expect(EMPTY_STRING); // data
  if (type > 0) expect(EMPTY_LIST); // access list
  signature(type, chainId);
  return !isOther && at == end;
}

function signature(type: u32, chainId: u64): void {
  const v = number();
  const isKnown = type > 0 ? v <= 1 : v == 27 || v == 28 || v == chainId * 2 + 35 || v == chainId * 2 + 36;
  if (!isKnown) isOther = true;
  scalar();
  scalar();
}

/** The header of the one list that takes all the bytes there are. */
function openList(): void {
  const first = take();
  if (first < LEGACY_ITEMS) {
    isOther = true;
    return;
  }
  let size = usize(first - LEGACY_ITEMS);
  if (first > 0xf7) {
    const count = first - 0xf7;
    if (count > 2) isOther = true; // no plain transfer has 64 KiB
    size = 0;
    for (let index: u32 = 0; index < count && !isOther; index++) size = (size << 8) | usize(take());
    if (size < 56 || (count == 2 && size < 256)) isOther = true;
  }
  if (at + size != end) isOther = true;
}

/** A number of at most NUMBER_BYTES bytes. */
function number(): u64 {
  const size = integer(NUMBER_BYTES);
  let value: u64 = 0;
  for (let index: u32 = 0; index < size; index++) value = (value << 8) | u64(load<u8>(at + index));
  at += size;
  return value;
}

/** An amount of at most AMOUNT_BYTES bytes, to the word at `target`. */
function amount(target: usize): void {
  const size = integer(AMOUNT_BYTES);
  clearWord(target);
  for (let index: u32 = 0; index < size; index++) store<u8>(target + 32 - size + index, load<u8>(at + index));
  at += size;
}

/** Skips half of a signature: not 0, at most 32 bytes. */
function scalar(): void {
  const size = integer(32);
  if (size == 0) isOther = true;
  at += size;
}

/** Bytes of the canonical integer that `at` is moved to; 0 for zero. */
function integer(most: u32): u32 {
  if (at >= end) return fail();
  const first: u32 = load<u8>(at);
  if (first == 0) return fail();
  if (first < 0x80) return 1;
  const size = first - 0x80;
  at++;
  if (size == 0) return 0;
  if (size > most || at + size > end) return fail();
  const highest = load<u8>(at);
  return highest == 0 || (size == 1 && highest < 0x80) ? fail() : size;
}

function address(): void {
  expect(ADDRESS_PREFIX);
  transferRecipient = at;
  at += 20;
  if (isOther || at > end) {
    isOther = true;
    return;
  }
  let any: u32 = 0;
  for (let offset: usize = 0; offset < PRECOMPILE_ZEROS; offset++) any |= load<u8>(transferRecipient + offset);
  if (any == 0) isOther = true;
}

function expect(byte: u32): void {
  if (take() != byte) isOther = true;
}

function take(): u32 {
  if (isOther || at >= end) return fail();
  return load<u8>(at++);
}

function fail(): u32 {
  isOther = true;
  at = end;
  return 0;
}
