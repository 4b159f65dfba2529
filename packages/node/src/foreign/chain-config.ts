import {
  type Address,
  type BlobRules,
  type ExecutionRules,
  type FeeRules,
  FORKS,
  type Fork,
  type TimestampRule,
} from '@heddle/primitives';

/** The forks of parameters alone that may follow Osaka (EIP-7892), in order. */
export const BLOB_FORKS = ['bpo1', 'bpo2', 'bpo3', 'bpo4', 'bpo5'] as const;
export type BlobFork = (typeof BLOB_FORKS)[number];

/** Forks that come into force with a block number. */
export const BLOCK_FORKS = FORKS.slice(0, FORKS.indexOf('paris'));
/** Forks that come into force with a timestamp. */
export const TIME_FORKS = [...FORKS.slice(FORKS.indexOf('shanghai')), ...BLOB_FORKS] as const;

/** From when on a rule holds: a block number, or Unix seconds. Absent: never. */
export type Activations = Readonly<Record<string, number>>;

/** The rules of a chain of any fork, as geth's genesis.json configures them. */
export interface ChainConfig extends Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'> {
  readonly chainId: number;
  /** By {@link BLOCK_FORKS}; Frontier's is 0. */
  readonly forkBlocks: Activations;
  /** By {@link TIME_FORKS}. */
  readonly forkTimes: Activations;
  /** Difficulty delays that are no fork of the EVM: `muirGlacier`, `arrowGlacier`, `grayGlacier`. */
  readonly glacierBlocks: Activations;
  /** The merge comes after the block whose total difficulty reaches this. Absent: never. */
  readonly terminalTotalDifficulty: bigint | undefined;
  /** By fork of {@link TIME_FORKS}; absent: those of the fork before it. */
  readonly blobSchedule: Readonly<Record<string, BlobRules>>;
  readonly daoFork: { readonly block: number; readonly isSupported: boolean } | undefined;
  readonly depositContract: Address | undefined;
  /** What a Heddle chain may choose: see {@link ExecutionRules}. Absent: Ethereum's. */
  readonly codeSizeLimit?: number;
  readonly transactionGasCap?: bigint | undefined;
  readonly timestamps?: TimestampRule;
  readonly requestContracts?: 'optional';
}

/** Blocks in a row that go by one {@link ChainConfig}. */
export interface ConfiguredBlocks {
  /** The first; genesis goes with it where it is block 1. */
  readonly from: number;
  /** The last; infinite while there is no end in sight. */
  readonly to: number;
  readonly config: ChainConfig;
}

/** Where a block stands among forks. */
export interface BlockPlace {
  readonly number: number;
  readonly timestamp: number;
  /** Whether it comes after the terminal block (EIP-3675). */
  readonly isMerged: boolean;
}

/** EIP-170, bytes. */
const CODE_SIZE_LIMIT = 24_576;
/** EIP-7825. */
const OSAKA_GAS_CAP = 1n << 24n;

/** The fork whose rules hold for the block at `place`. */
export function forkAt(config: ChainConfig, place: BlockPlace): Fork {
  if (!place.isMerged) return lastActive(BLOCK_FORKS, config.forkBlocks, place.number) ?? 'frontier';
  const later = FORKS.slice(FORKS.indexOf('shanghai'));
  return lastActive(later, config.forkTimes, place.timestamp) ?? 'paris';
}

/** What execution needs to know of the block at `place`. */
export function executionRulesAt(config: ChainConfig, place: BlockPlace): ExecutionRules {
  const fork = forkAt(config, place);
  const blobs = blobScheduleAt(config, place);
  const osakaCap = 'transactionGasCap' in config ? config.transactionGasCap : OSAKA_GAS_CAP;
  return {
    chainId: config.chainId,
    fork,
    transactionGasCap: fork === 'osaka' ? osakaCap : undefined,
    codeSizeLimit: config.codeSizeLimit ?? CODE_SIZE_LIMIT,
    ...(blobs && { blobs }),
    ...(config.depositContract && { depositContract: config.depositContract }),
    ...(config.requestContracts !== 'optional' && { requestContracts: 'required' }),
  };
}

/** The newest entry of the schedule that is in force. */
function blobScheduleAt({ forkTimes, blobSchedule }: ChainConfig, { timestamp }: BlockPlace): BlobRules | undefined {
  const scheduled = TIME_FORKS.filter((fork) => fork in blobSchedule);
  const fork = lastActive(scheduled, forkTimes, timestamp);
  return fork && blobSchedule[fork];
}

/** The last of `names`, which stand in order, that is in force at `point`. */
export function lastActive<T extends string>(
  names: readonly T[],
  activations: Activations,
  point: number,
): T | undefined {
  return names.findLast((name) => point >= (activations[name] ?? Number.POSITIVE_INFINITY));
}
