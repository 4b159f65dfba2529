// EIP-7702: the code 0xef0100 and an address says that the account runs another one's code.
import { makeCode } from "./code";
import { CODE_BYTES, CODE_SIZE, TEMPORARIES, workerArena } from "./layout";

const PREFIX_SIZE: usize = 3;
const DELEGATION_SIZE: u32 = 23;

/** Whether the code of this Code record (or 0) is a delegation. */
export function isDelegation(code: usize): bool {
  if (code == 0 || load<u32>(code, CODE_SIZE) != DELEGATION_SIZE) return false;
  const bytes: usize = load<u32>(code, CODE_BYTES);
  return load<u8>(bytes) == 0xef && load<u8>(bytes, 1) == 1 && load<u8>(bytes, 2) == 0;
}

/** Where the address (20 bytes) lies that this delegation names. */
@inline
export function delegateOf(code: usize): usize {
  return <usize>load<u32>(code, CODE_BYTES) + PREFIX_SIZE;
}

/** The Code record of a delegation to `address` (20 bytes). 0: the run is void. */
export function makeDelegation(address: usize): usize {
  const bytes = workerArena + TEMPORARIES;
  store<u8>(bytes, 0xef);
  store<u8>(bytes, 1, 1);
  store<u8>(bytes, 0, 2);
  memory.copy(bytes + PREFIX_SIZE, address, 20);
  return makeCode(bytes, DELEGATION_SIZE);
}
