import { type Address, concatBytes, hexToBytes, padBytes } from '@heddle/primitives';

/** What the load consists of. */
export const SCENARIOS = ['transfer', 'erc20', 'hot'] as const;
/**
 * transfer: plain ether, each pair of accounts on its own. erc20: token transfers, no account twice in a block, in
 * either role. hot: token transfers that all credit one account.
 */
export type Scenario = (typeof SCENARIOS)[number];

/** A transaction's body; fees and nonce are the sender's. */
export interface LoadCall {
  /** Undefined: a contract is created. */
  readonly to: Address | undefined;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gasLimit: bigint;
}

const TRANSFER_SELECTOR = hexToBytes('0xa9059cbb');
/** Above the 51,700 or so of a first transfer to an account without tokens. */
const TOKEN_TRANSFER_GAS = 65_000n;
/** What a token transfer between accounts that hold some burns, for planning. */
const TOKEN_TRANSFER_GAS_USED = 35_000n;

/** Gas that one transaction of the scenario uses, roughly. */
export function gasUsedBy(scenario: Scenario): bigint {
  return scenario === 'transfer' ? 21_000n : TOKEN_TRANSFER_GAS_USED;
}

/** The call of one sender. `recipient` is the sender's own, `hotAccount` everybody's. */
export function loadCall(
  scenario: Scenario,
  accounts: { readonly recipient: Address; readonly hotAccount: Address; readonly token: Address | undefined },
): LoadCall {
  if (scenario === 'transfer' || accounts.token === undefined) {
    return { to: accounts.recipient, value: 1n, data: new Uint8Array(0), gasLimit: 21_000n };
  }
  const to = scenario === 'hot' ? accounts.hotAccount : accounts.recipient;
  const data = concatBytes(TRANSFER_SELECTOR, padBytes(hexToBytes(to), 32), padBytes(Uint8Array.of(1), 32));
  return { to: accounts.token, value: 0n, data, gasLimit: TOKEN_TRANSFER_GAS };
}
