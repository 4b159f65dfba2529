// What accounts own. A run on the core leaves a balance open for as long as it only adds to it, or takes from it what is
// there in any case: then it meets nobody who does the same (DESIGN 4.3). What it needs to know of the balance before is
// noted as the question that it asked, not as the value.
import { hasNoCode, loadAccount, touchAccount } from "./accounts";
import { ownsOnCore, readBalanceOnCore } from "./core-state";
import { rememberDistance } from "./journal";
import {
  ACCOUNT_BALANCE, ACCOUNT_BALANCE_BEFORE, ACCOUNT_BALANCE_MODEST, ACCOUNT_BALANCE_OPEN, ACCOUNT_FLAGS, ACCOUNT_NONCE,
  TEMPORARIES, workerArena,
} from "./layout";
import { add, negate, subtract } from "./words/addition";
import { isBelow, isNegative, isZero, setSmall } from "./words/word";

/** Two words of the temporaries behind those that callers use. */
const TAKEN: usize = 512;
const REST: usize = 544;

/** Makes sure that ACCOUNT_BALANCE is the balance. Loads the account. */
export function loadBalance(account: usize): void {
  loadAccount(account);
  if (isOpen(account)) close(account);
}

/** Whether the account owns the word at `amount`. Loads it. */
export function owns(account: usize, amount: usize): bool {
  if (isZero(amount)) return true;
  loadAccount(account);
  return isOpen(account) ? ownsOpenly(account, amount) : !isBelow(account + ACCOUNT_BALANCE, amount);
}

/** Whether nonce and balance are zero and there is no code (EIP-161). Loads it. */
export function isEmptyAccount(account: usize): bool {
  loadAccount(account);
  if (load<u64>(account, ACCOUNT_NONCE) != 0 || !hasNoCode(account)) return false;
  const added = account + ACCOUNT_BALANCE;
  // Who has neither and whose balance is open owned something (core-state.ts). No question is asked twice: gas is cheap here.
  if (isOpen(account) && (isZero(added) || (!isNegative(added) && isModest(account)))) return false;
  loadBalance(account);
  return isZero(added);
}

/** Adds the word at `amount` to the balance, and touches the account. Loads it. */
export function credit(account: usize, amount: usize): void {
  loadAccount(account);
  touchAccount(account);
  if (isZero(amount)) return;
  rememberDistance(account + ACCOUNT_BALANCE);
  add(account + ACCOUNT_BALANCE, account + ACCOUNT_BALANCE, amount);
}

/** Takes the word at `amount`, which it owns, from the balance, and touches the account. Loads it. */
export function debit(account: usize, amount: usize): void {
  loadAccount(account);
  touchAccount(account);
  if (isZero(amount)) return;
  rememberDistance(account + ACCOUNT_BALANCE);
  subtract(account + ACCOUNT_BALANCE, account + ACCOUNT_BALANCE, amount);
}

/** Whether the balance of a loaded account was not read. */
@inline
export function isOpen(account: usize): bool {
  return (load<u32>(account, ACCOUNT_FLAGS) & ACCOUNT_BALANCE_OPEN) != 0;
}

/** What stood there before, plus what was added since. */
function close(account: usize): void {
  if (!readBalanceOnCore(account + ACCOUNT_BALANCE_BEFORE, account)) return;
  add(account + ACCOUNT_BALANCE, account + ACCOUNT_BALANCE, account + ACCOUNT_BALANCE_BEFORE);
  store<u32>(account, load<u32>(account, ACCOUNT_FLAGS) & ~ACCOUNT_BALANCE_OPEN, ACCOUNT_FLAGS);
}

function ownsOpenly(account: usize, amount: usize): bool {
  const added = account + ACCOUNT_BALANCE;
  if (isZero(added)) return ownsOnCore(account, amount);
  const rest = workerArena + TEMPORARIES + REST;
  if (isNegative(added)) {
    // What was taken must have been there as well. Or as much was added that it looks like that: then only a yes is one.
    const taken = workerArena + TEMPORARIES + TAKEN;
    negate(taken, added);
    if (add(rest, amount, taken) == 0 && ownsOnCore(account, rest)) return true;
  } else if (isModest(account)) {
    return subtract(rest, amount, added) != 0 || isZero(rest) || ownsOnCore(account, rest);
  }
  close(account);
  return !isBelow(added, amount);
}

/** Whether the balance before this run is below 2^255, so that adding less than that does not pass 2^256. Asked once. */
function isModest(account: usize): bool {
  const flags = load<u32>(account, ACCOUNT_FLAGS);
  if (flags & ACCOUNT_BALANCE_MODEST) return true;
  const bound = workerArena + TEMPORARIES + TAKEN;
  setSmall(bound, 0);
  store<u64>(bound, 1 << 63, 24);
  if (ownsOnCore(account, bound)) return false;
  store<u32>(account, flags | ACCOUNT_BALANCE_MODEST, ACCOUNT_FLAGS);
  return true;
}
