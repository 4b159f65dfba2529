// EIP-7702: the authorizations of a transaction, applied before its message runs. The host has left out those that can
// never apply (another chain, a nonce too large, a signature of nobody).
import { accountAt, loadAccount, setCode, setNonce, warmAccount } from "./accounts";
import { isEmptyAccount } from "./balances";
import { codeOf, makeCode } from "./code";
import { isDelegation, makeDelegation } from "./delegation";
import { addRefund } from "./journal";
import { ACCOUNT_EXISTED, ACCOUNT_FLAGS, ACCOUNT_NONCE, TRANSACTION, workerArena } from "./layout";
import {
  AUTHORIZATION_AUTHORITY, AUTHORIZATION_DELEGATE, AUTHORIZATION_NONCE, AUTHORIZATION_SIZE, TX_AUTHORIZATIONS,
  TX_CANDIDATE_COUNT,
} from "./transaction-record";

/** PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST: given back for an authority that exists already. */
const EXISTING_AUTHORITY_REFUND: i64 = 12500;

/** Sets the code of each authority; one whose code or nonce does not fit is skipped. */
export function applyAuthorizations(): void {
  const transaction = workerArena + TRANSACTION;
  const count = load<u32>(transaction, TX_CANDIDATE_COUNT);
  let authorization: usize = load<u32>(transaction, TX_AUTHORIZATIONS);
  for (let index: u32 = 0; index < count; index++, authorization += AUTHORIZATION_SIZE) applyOne(authorization);
}

function applyOne(authorization: usize): void {
  const authority = accountAt(authorization + AUTHORIZATION_AUTHORITY);
  warmAccount(authority);
  loadAccount(authority);
  const code = codeOf(authority);
  if (code != 0 && !isDelegation(code)) return;
  const nonce = load<u64>(authority, ACCOUNT_NONCE);
  if (nonce != load<u64>(authorization, AUTHORIZATION_NONCE)) return;
  const stoodBefore = (load<u32>(authority, ACCOUNT_FLAGS) & ACCOUNT_EXISTED) != 0;
  if (stoodBefore || !isEmptyAccount(authority)) addRefund(EXISTING_AUTHORITY_REFUND);
  const delegate = authorization + AUTHORIZATION_DELEGATE;
  const newCode = isZeroAddress(delegate) ? makeCode(delegate, 0) : makeDelegation(delegate);
  if (newCode == 0) return;
  setNonce(authority, nonce + 1);
  setCode(authority, newCode);
}

function isZeroAddress(address: usize): bool {
  return (load<u64>(address) | load<u64>(address, 8) | u64(load<u32>(address, 16))) == 0;
}
