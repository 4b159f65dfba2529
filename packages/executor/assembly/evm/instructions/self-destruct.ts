// SELFDESTRUCT: beneficiary ->
import { accountOf, markAccount, touchAccount, warmAccount } from "../accounts";
import { credit, debit, isEmptyAccount, loadBalance } from "../balances";
import { FRAME_ACCOUNT, FRAME_GAS, FRAME_IS_STATIC, FRAME_SP } from "../frame";
import { COLD_ACCOUNT, NEW_ACCOUNT, SELFDESTRUCT_REFUND_BERLIN } from "../gas";
import { halt, outOfGas } from "../halt";
import { addRefund } from "../journal";
import {
  ACCOUNT_BALANCE, ACCOUNT_CREATED, ACCOUNT_DESTROYED, ACCOUNT_FLAGS, BLOCK, BLOCK_FORK, FORK_CANCUN, FORK_LONDON,
  HALT_WRITE_PROTECTION, TEMPORARIES, workerArena,
} from "../layout";
import { workerVoid } from "../run-state";
import { copyWord, isZero } from "../words/word";

/** Moves the frame's whole balance away and, where the fork still does that, destroys its account; the gas left. */
export function selfDestruct(frame: usize): i64 {
  if (load<u32>(frame, FRAME_IS_STATIC)) return halt(HALT_WRITE_PROTECTION);
  let gas = load<i64>(frame, FRAME_GAS);
  const beneficiary = accountOf(load<u32>(frame, FRAME_SP));
  if (!warmAccount(beneficiary)) gas -= COLD_ACCOUNT;
  if (gas < 0) return outOfGas();
  const account: usize = load<u32>(frame, FRAME_ACCOUNT);
  loadBalance(account);
  if (!isZero(account + ACCOUNT_BALANCE) && isEmptyAccount(beneficiary)) gas -= NEW_ACCOUNT;
  if (gas < 0) return outOfGas();
  destroy(account, beneficiary);
  if (workerVoid) return halt(workerVoid);
  store<i64>(frame, gas, FRAME_GAS);
  return gas;
}

function destroy(account: usize, beneficiary: usize): void {
  const fork = load<u32>(workerArena + BLOCK, BLOCK_FORK);
  const flags = load<u32>(account, ACCOUNT_FLAGS);
  // EIP-6780: only what this transaction made is destroyed, and only then a balance sent to itself is burnt.
  const isDestroyed = fork < FORK_CANCUN || (flags & ACCOUNT_CREATED) != 0;
  if (fork < FORK_LONDON && (flags & ACCOUNT_DESTROYED) == 0) addRefund(SELFDESTRUCT_REFUND_BERLIN);
  if (isDestroyed) markAccount(account, ACCOUNT_DESTROYED);
  touchAccount(beneficiary);
  if (account == beneficiary && !isDestroyed) return;
  const amount = workerArena + TEMPORARIES + 32;
  copyWord(amount, account + ACCOUNT_BALANCE);
  debit(account, amount);
  if (account != beneficiary) credit(beneficiary, amount);
}
