import type { Block, BlockHeader } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { bytesToBigInt, type Fork, hexToBytes, isActive } from '@heddle/primitives';
import type { BlockEnvironment } from '../../engine.ts';
import { Address as EvmAddress } from './ethereumjs.ts';

/** What `runTx` and the opcodes ask of a block. */
type EvmHeader = Pick<
  BlockHeader,
  | 'number'
  | 'coinbase'
  | 'timestamp'
  | 'difficulty'
  | 'prevRandao'
  | 'gasLimit'
  | 'gasUsed'
  | 'baseFeePerGas'
  | 'getBlobGasPrice'
>;

/**
 * The block for `runTx`, without the checks and hashing of a decoded one. Before Paris `mixHash` stands for the
 * difficulty, which is what the same opcode answers there.
 */
export function toEvmBlock(environment: BlockEnvironment, common: Common, fork: Fork): Block {
  const blobBaseFee = blobBaseFeePerGas(environment.excessBlobGas, fork);
  const mixHash = hexToBytes(environment.mixHash);
  const isAfterMerge = isActive(fork, 'paris');
  const header: EvmHeader = {
    number: BigInt(environment.number),
    coinbase: new EvmAddress(hexToBytes(environment.beneficiary)),
    timestamp: BigInt(environment.timestamp),
    difficulty: isAfterMerge ? 0n : bytesToBigInt(mixHash),
    prevRandao: mixHash,
    gasLimit: environment.gasLimit,
    gasUsed: 0n,
    baseFeePerGas: environment.baseFeePerGas,
    getBlobGasPrice: () => blobBaseFee,
  };
  return { header: header as BlockHeader, common } as Block;
}

/** EIP-4844's MIN_BASE_FEE_PER_BLOB_GAS, wei. */
const MIN_BLOB_BASE_FEE = 1n;

/** What one blob gas costs, wei (EIP-4844, EIP-7691). */
export function blobBaseFeePerGas(excessBlobGas: bigint, fork: Fork): bigint {
  const updateFraction = isActive(fork, 'prague') ? 5_007_716n : 3_338_477n;
  return fakeExponential(MIN_BLOB_BASE_FEE, excessBlobGas, updateFraction);
}

/** factor * e^(numerator / denominator) by its Taylor series in integers, as EIP-4844 defines it. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let output = 0n;
  let term = factor * denominator;
  for (let index = 1n; term > 0n; index++) {
    output += term;
    term = (term * numerator) / (denominator * index);
  }
  return output / denominator;
}
