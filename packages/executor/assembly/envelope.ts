// What stands around the fields of a signed transaction of type 0 to 4: type, list and chain before, signature after.
import { beStrange, isReadToEnd, LISTS, openBytes, openList, readNumber, skipScalar, takeByte } from "./rlp-cursor";

/** EIP-155: what `v` has above twice the chain's number, and parity. */
const PROTECTED: u64 = 35;
/** What it has above parity alone, before EIP-155. */
const UNPROTECTED: u64 = 27;

/** Whether the signature holds on one chain alone (EIP-155); set by {@link closeEnvelope}. */
export let isForOneChain: bool = false;

/** Opens the transaction of `size` bytes at `raw`; its type, after which the nonce comes. Other types or chains are strange. */
export function openEnvelope(raw: usize, size: usize, chainId: u64): u32 {
  openBytes(raw, size);
  const first: u32 = size == 0 ? 0 : load<u8>(raw);
  const type: u32 = first >= LISTS ? 0 : first;
  if (type > 4 || (type == 0 && first == 0)) return beStrange();
  if (type != 0) takeByte();
  const end = openList();
  if (end != raw + size) beStrange();
  if (type != 0 && readNumber() != chainId) beStrange();
  return type;
}

/** Reads the signature. Whether nothing of the transaction was strange and nothing follows it. */
export function closeEnvelope(type: u32, chainId: u64): bool {
  const v = readNumber();
  const parity = v - chainId * 2 - PROTECTED;
  isForOneChain = type != 0 || parity <= 1;
  if (type != 0 ? v > 1 : !isForOneChain && v - UNPROTECTED > 1) beStrange();
  skipScalar();
  skipScalar();
  return isReadToEnd();
}
