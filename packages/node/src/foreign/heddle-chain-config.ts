import { type ChainSpec, FORKS } from '@heddle/primitives';
import { BLOCK_FORKS, type ChainConfig } from './chain-config.ts';

/**
 * The rules by which blocks of a Heddle chain are judged when they come as RLP, without their certificates: Ethereum's,
 * with what the spec chose. What only Heddle asks of its headers (their milliseconds, say) is not looked at.
 */
export function heddleChainConfig(spec: ChainSpec): ChainConfig {
  const fromGenesis = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));
  return {
    chainId: spec.chainId,
    forkBlocks: fromGenesis(BLOCK_FORKS),
    forkTimes: fromGenesis(FORKS.slice(FORKS.indexOf('shanghai'), FORKS.indexOf(spec.fork) + 1)),
    glacierBlocks: {},
    terminalTotalDifficulty: 0n,
    blobSchedule: {},
    daoFork: undefined,
    depositContract: undefined,
    elasticity: spec.elasticity,
    baseFeeDenominator: spec.baseFeeDenominator,
    codeSizeLimit: spec.codeSizeLimit,
    transactionGasCap: spec.transactionGasCap,
    timestamps: spec.timestamps,
    requestContracts: 'optional',
  };
}
