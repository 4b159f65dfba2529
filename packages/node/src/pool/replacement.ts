import type { Transaction } from '@heddle/primitives';
import { REPLACEMENT_PERCENT } from './pool-limits.ts';
import { type Rejection, rejections } from './rejection.ts';

/** Why `newer` must not take the place of `older` at the same nonce: fee cap and tip must both rise by 10 percent. */
export function findReplacementFault(newer: Transaction, older: Transaction): Rejection | undefined {
  const isEnough =
    outbids(newer.maxFeePerGas, older.maxFeePerGas) && outbids(newer.maxPriorityFeePerGas, older.maxPriorityFeePerGas);
  return isEnough ? undefined : rejections.underpricedReplacement();
}

function outbids(newer: bigint, older: bigint): boolean {
  return newer > older && newer >= (older * (100n + REPLACEMENT_PERCENT)) / 100n;
}
