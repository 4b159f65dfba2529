import {
  type BlobRules,
  blobBaseFeePerGas,
  blobRulesOf,
  type ExecutionRules,
  GAS_PER_BLOB,
  type Header,
  isActive,
} from '@heddle/primitives';

/** EIP-7918's BLOB_BASE_COST: execution gas that one blob's price must be worth before the price may fall. */
const BLOB_BASE_COST = 8_192n;

/** `excessBlobGas` of the child of `parent` under the child's rules (EIP-4844, EIP-7918). */
export function nextExcessBlobGas(parent: Header, rules: ExecutionRules): bigint {
  const blobs = blobRulesOf(rules);
  const { excessBlobGas = 0n, blobGasUsed = 0n } = parent;
  const target = BigInt(blobs.target) * GAS_PER_BLOB;
  if (excessBlobGas + blobGasUsed < target) return 0n;
  if (isActive(rules.fork, 'osaka') && isBelowReserve(parent, excessBlobGas, blobs)) {
    return excessBlobGas + (blobGasUsed * BigInt(blobs.max - blobs.target)) / BigInt(blobs.max);
  }
  return excessBlobGas + blobGasUsed - target;
}

function isBelowReserve({ baseFeePerGas = 0n }: Header, excessBlobGas: bigint, blobs: BlobRules): boolean {
  return BLOB_BASE_COST * baseFeePerGas > GAS_PER_BLOB * blobBaseFeePerGas(excessBlobGas, blobs);
}
