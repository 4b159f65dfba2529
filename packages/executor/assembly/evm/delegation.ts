// EIP-7702: the code 0xef0100 and an address says that the account runs another one's code.
import { accountAt } from "./accounts";
import { codeOf, makeCode } from "./code";
import { BLOCK, BLOCK_FORK, CODE_BYTES, CODE_SIZE, FORK_PRAGUE, TEMPORARIES, workerArena } from "./layout";

const PREFIX_SIZE: usize = 3;
const DELEGATION_SIZE: u32 = 23;

/** Whether the code of this Code record (or 0) is a delegation in the block's fork. */
export function isDelegation(code: usize): bool {
  if (code == 0 || load<u32>(code, CODE_SIZE) != DELEGATION_SIZE) return false;
  const bytes: usize = load<u32>(code, CODE_BYTES);
  const hasPrefix = load<u8>(bytes) == 0xef && load<u8>(bytes, 1) == 1 && load<u8>(bytes, 2) == 0;
  return hasPrefix && load<u32>(workerArena + BLOCK, BLOCK_FORK) >= FORK_PRAGUE;
}

/** The account record that `account` delegates to, 0 where it does not. Loads `account`. */
export function delegateOf(account: usize): usize {
  const code = codeOf(account);
  return isDelegation(code) ? accountAt(<usize>load<u32>(code, CODE_BYTES) + PREFIX_SIZE) : 0;
}

/** The code that a call to `account` runs: its own or its delegate's, as it stands; 0 where there is none. */
export function codeToRun(account: usize): usize {
  const delegate = delegateOf(account);
  return codeOf(delegate == 0 ? account : delegate);
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
