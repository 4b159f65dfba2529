// Takes apart the bytes of a plain transfer: a signed transaction of type 0, 1 or 2 that sends an amount to an address
// that is no precompile, without data and without an access list. Whatever is not exactly so is left to the engine.
import { closeEnvelope, openEnvelope } from "./envelope";
import { CHAIN_ID, SCRATCH_MAX_FEE, SCRATCH_TIP, SCRATCH_VALUE, TRANSFER_TYPES } from "./layout";
import {
  ADDRESS_PREFIX, beStrange, EMPTY_LIST, EMPTY_STRING, expectByte, isStrange, readAmount, readFixed, readNumber,
} from "./rlp-cursor";
import { workerScratch } from "./worker";

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

/** Reads the transaction of `size` bytes at `raw`. False: it is no plain transfer. */
export function readTransfer(raw: usize, size: usize): bool {
  const chainId = load<u64>(CHAIN_ID);
  const type = openEnvelope(raw, size, chainId);
  if (isStrange || i32(type) > load<i32>(TRANSFER_TYPES)) return false;
  transferNonce = readNumber();
  if (type == 2) readAmount(transferTip());
  readAmount(transferMaxFee());
  if (type != 2) memory.copy(transferTip(), transferMaxFee(), 32);
  transferGasLimit = readNumber();
  recipient();
  readAmount(transferValue());
  expectByte(EMPTY_STRING); // data
  if (type > 0) expectByte(EMPTY_LIST); // access list
  return closeEnvelope(type, chainId);
}

function recipient(): void {
  transferRecipient = readFixed(ADDRESS_PREFIX);
  if (isStrange) return;
  let any: u32 = 0;
  for (let offset: usize = 0; offset < PRECOMPILE_ZEROS; offset++) any |= load<u8>(transferRecipient + offset);
  if (any == 0) beStrange();
}
