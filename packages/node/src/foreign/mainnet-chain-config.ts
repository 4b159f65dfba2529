import { DEFAULT_BASE_FEE_DENOMINATOR, DEFAULT_ELASTICITY } from '../genesis/heddle-config.ts';
import type { ChainConfig } from './chain-config.ts';

/** Ethereum's main chain, as geth's `params.MainnetChainConfig` has it. */
export const MAINNET: ChainConfig = {
  chainId: 1,
  forkBlocks: {
    frontier: 0,
    homestead: 1_150_000,
    tangerineWhistle: 2_463_000,
    spuriousDragon: 2_675_000,
    byzantium: 4_370_000,
    constantinople: 7_280_000,
    petersburg: 7_280_000,
    istanbul: 9_069_000,
    berlin: 12_244_000,
    london: 12_965_000,
  },
  forkTimes: {
    shanghai: 1_681_338_455,
    cancun: 1_710_338_135,
    prague: 1_746_612_311,
    osaka: 1_764_798_551,
    bpo1: 1_765_290_071,
    bpo2: 1_767_747_671,
  },
  glacierBlocks: { muirGlacier: 9_200_000, arrowGlacier: 13_773_000, grayGlacier: 15_050_000 },
  terminalTotalDifficulty: 58_750_000_000_000_000_000_000n,
  blobSchedule: {
    cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477n },
    prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n },
    bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8_346_193n },
    bpo2: { target: 14, max: 21, baseFeeUpdateFraction: 11_684_671n },
  },
  daoFork: { block: 1_920_000, isSupported: true },
  depositContract: '0x00000000219ab540356cbb839cbe05303d7705fa',
  elasticity: DEFAULT_ELASTICITY,
  baseFeeDenominator: DEFAULT_BASE_FEE_DENOMINATOR,
};
