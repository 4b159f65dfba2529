import { type Fork, isActive } from './forks.ts';

/**
 * How many blobs a block may hold, and how their price moves (EIP-4844). Forks of parameters alone change it too
 * (EIP-7892).
 */
export interface BlobRules {
  /** Blobs a block at which the price stays. */
  readonly target: number;
  /** Blobs a block at most. */
  readonly max: number;
  readonly baseFeeUpdateFraction: bigint;
}

/** Blob gas of one blob (EIP-4844). */
export const GAS_PER_BLOB = 131_072n;

/** EIP-4844. */
const CANCUN_BLOBS: BlobRules = { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477n };
/** EIP-7691. */
const PRAGUE_BLOBS: BlobRules = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n };
/** EIP-4844's MIN_BASE_FEE_PER_BLOB_GAS, wei. */
const MIN_BLOB_BASE_FEE = 1n;

/** The blob rules of a chain: its own, or else those that came with its fork. */
export function blobRulesOf({ fork, blobs }: { readonly fork: Fork; readonly blobs?: BlobRules }): BlobRules {
  return blobs ?? (isActive(fork, 'prague') ? PRAGUE_BLOBS : CANCUN_BLOBS);
}

/** No price is told beyond this: the sum below has no end for what a file may claim, and nobody can pay 2^256 either. */
const HIGHEST_PRICE = 1n << 512n;

/** What one blob gas costs, wei (EIP-4844). */
export function blobBaseFeePerGas(excessBlobGas: bigint, { baseFeeUpdateFraction }: BlobRules): bigint {
  return fakeExponential(MIN_BLOB_BASE_FEE, excessBlobGas, baseFeeUpdateFraction);
}

/** factor * e^(numerator / denominator) by its Taylor series in integers, as EIP-4844 defines it. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let output = 0n;
  let term = factor * denominator;
  for (let index = 1n; term > 0n; index++) {
    output += term;
    if (output >= HIGHEST_PRICE * denominator) return HIGHEST_PRICE;
    term = (term * numerator) / (denominator * index);
  }
  return output / denominator;
}
