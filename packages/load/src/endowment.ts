import {
  type Address,
  bigIntToBytes,
  bigIntToBytesOfSize,
  concatBytes,
  hexToBytes,
  padBytes,
} from '@heddle/primitives';

// Thousands of senders need ether and tokens before a load begins; one transaction endows hundreds.

/** Accounts per transaction: a new account costs 34,000 gas, and a block has little time for a single transaction. */
export const ACCOUNTS_PER_TRANSACTION = 120;

/** Gas for endowing `count` accounts that may be new, with ether or with tokens. */
export function endowmentGas(count: number): bigint {
  return 200_000n + BigInt(count) * 37_500n;
}

/**
 * Init code that sends `amountWei` to each account and creates an empty contract: for each
 * `PUSH0 PUSH0 PUSH0 PUSH0 PUSHn amount PUSH20 account GAS CALL POP`, then STOP.
 */
export function etherEndowment(accounts: readonly Address[], amountWei: bigint): Uint8Array {
  const amount = bigIntToBytes(amountWei);
  const zeros = Uint8Array.of(0x5f, 0x5f, 0x5f, 0x5f, 0x5f + amount.length);
  const call = Uint8Array.of(0x5a, 0xf1, 0x50);
  const parts = accounts.flatMap((account) => [zeros, amount, Uint8Array.of(0x73), hexToBytes(account), call]);
  return concatBytes(...parts, Uint8Array.of(0x00));
}

const ENDOW_SELECTOR = hexToBytes('0x86ba6e2f');

/** Call data of the token's `endow(address[],uint256)`. */
export function tokenEndowment(accounts: readonly Address[], amount: bigint): Uint8Array {
  return concatBytes(
    ENDOW_SELECTOR,
    bigIntToBytesOfSize(64n, 32),
    bigIntToBytesOfSize(amount, 32),
    bigIntToBytesOfSize(BigInt(accounts.length), 32),
    ...accounts.map((account) => padBytes(hexToBytes(account), 32)),
  );
}
