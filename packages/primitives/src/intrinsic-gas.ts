import { type Fork, isActive } from './forks.ts';
import type { UnsignedTransaction } from './transaction.ts';

/** What a transaction costs before its first instruction. */
export interface IntrinsicGas {
  /** 21,000 + data + creation + access list + authorizations. */
  readonly intrinsic: bigint;
  /** EIP-7623: the least that its data makes it pay; 0 before Prague. */
  readonly floor: bigint;
}

/** The intrinsic gas of `transaction` under `fork` (EIP-2, 2028, 2930, 3860, 7623, 7702). */
export function intrinsicGas(transaction: UnsignedTransaction, fork: Fork): IntrinsicGas {
  let zeros = 0;
  for (const byte of transaction.data) if (byte === 0) zeros++;
  const nonZeros = transaction.data.length - zeros;
  let gas = 21_000 + zeros * 4 + nonZeros * (isActive(fork, 'istanbul') ? 16 : 68);
  if (transaction.to === undefined && isActive(fork, 'homestead')) {
    gas += 32_000;
    if (isActive(fork, 'shanghai')) gas += 2 * Math.ceil(transaction.data.length / 32);
  }
  for (const entry of transaction.accessList) gas += 2_400 + 1_900 * entry.storageKeys.length;
  gas += 25_000 * transaction.authorizationList.length;
  const tokens = zeros + nonZeros * 4;
  return { intrinsic: BigInt(gas), floor: isActive(fork, 'prague') ? BigInt(21_000 + tokens * 10) : 0n };
}
