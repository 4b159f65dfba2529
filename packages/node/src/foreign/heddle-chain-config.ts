import { type ChainSpec, FORKS } from '@heddle/primitives';
import { BLOCK_FORKS, type ChainConfig } from './chain-config.ts';

/** What `config.heddle` chooses. */
type ChosenRules = Pick<
  ChainSpec,
  'elasticity' | 'baseFeeDenominator' | 'codeSizeLimit' | 'transactionGasCap' | 'timestamps'
>;

/**
 * The rules by which blocks of a Heddle chain are judged when they come as RLP, without their certificates: Ethereum's,
 * with what the spec chose. What only Heddle asks of its headers (their milliseconds, say) is not looked at.
 */
export function heddleChainConfig(spec: ChosenRules & Pick<ChainSpec, 'chainId' | 'fork'>): ChainConfig {
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
    ...chosenRules(spec),
    requestContracts: 'optional',
  };
}

/** The rules of the blocks that validators of Heddle's add to a chain that went by `config`: its forks go on. */
export function continuedChainConfig(config: ChainConfig, chosen: ChosenRules): ChainConfig {
  return { ...config, ...chosenRules(chosen) };
}

function chosenRules(rules: ChosenRules): Pick<ChainConfig, keyof ChosenRules> {
  const { elasticity, baseFeeDenominator, codeSizeLimit, transactionGasCap, timestamps } = rules;
  return { elasticity, baseFeeDenominator, codeSizeLimit, transactionGasCap, timestamps };
}
