import type { Block, BlockHeader } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import {
  blobBaseFeePerGas,
  blobRulesOf,
  bytesToBigInt,
  type ExecutionRules,
  hexToBytes,
  isActive,
} from '@heddle/primitives';
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
export function toEvmBlock(environment: BlockEnvironment, common: Common, rules: ExecutionRules): Block {
  // The opcode answers the low 256 bits, as in geth; stock throws there. What a transaction must pay validity.ts has judged.
  const blobBaseFee = BigInt.asUintN(256, blobBaseFeePerGas(environment.excessBlobGas, blobRulesOf(rules)));
  const mixHash = hexToBytes(environment.mixHash);
  const isAfterMerge = isActive(rules.fork, 'paris');
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
