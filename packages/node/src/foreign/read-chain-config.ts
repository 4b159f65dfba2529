import type { BlobRules } from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';
import { DEFAULT_BASE_FEE_DENOMINATOR, DEFAULT_ELASTICITY } from '../genesis/heddle-config.ts';
import { type Activations, type ChainConfig, TIME_FORKS } from './chain-config.ts';

/** geth's names of the fields for forks that come into force with a block number. */
const BLOCK_FIELDS = {
  homestead: 'homesteadBlock',
  tangerineWhistle: 'eip150Block',
  spuriousDragon: 'eip158Block',
  byzantium: 'byzantiumBlock',
  constantinople: 'constantinopleBlock',
  petersburg: 'petersburgBlock',
  istanbul: 'istanbulBlock',
  berlin: 'berlinBlock',
  london: 'londonBlock',
} as const;
const GLACIER_FIELDS = {
  muirGlacier: 'muirGlacierBlock',
  arrowGlacier: 'arrowGlacierBlock',
  grayGlacier: 'grayGlacierBlock',
} as const;
/** Of no fork's own: EIP-155 came with EIP-158, and the split names a block that says nothing of rules. */
const OTHER_FIELDS = ['daoForkBlock', 'eip155Block', 'mergeNetsplitBlock'];
const TIME_FIELDS: readonly string[] = TIME_FORKS.map((fork) => `${fork}Time`);

const MAX_UINT256 = (1n << 256n) - 1n;
const MAX_BLOBS = 4_096;

/**
 * The rules that `config` of a geth-style genesis.json means.
 *
 * @throws HeddleError `FILE_MALFORMED`
 */
export function readChainConfig(config: JsonField): ChainConfig {
  refuseUnknownForks(config);
  const spuriousDragon = activation(config, 'eip158Block');
  const eip155 = config.field('eip155Block');
  if (!eip155.isAbsent && activation(config, 'eip155Block') !== spuriousDragon) {
    throw eip155.malformed('the same block as eip158Block: both are Spurious Dragon');
  }
  const terminal = config.field('terminalTotalDifficulty');
  const depositContract = config.field('depositContractAddress');
  return {
    chainId: config.field('chainId').number(1, Number.MAX_SAFE_INTEGER),
    forkBlocks: { frontier: 0, ...withConstantinopleFix(activations(config, BLOCK_FIELDS)) },
    forkTimes: activations(config, Object.fromEntries(TIME_FORKS.map((fork) => [fork, `${fork}Time`]))),
    glacierBlocks: activations(config, GLACIER_FIELDS),
    terminalTotalDifficulty: terminal.isAbsent ? undefined : terminal.integer(0n, MAX_UINT256),
    blobSchedule: readBlobSchedule(config.field('blobSchedule')),
    daoFork: readDaoFork(config),
    depositContract: depositContract.isAbsent ? undefined : depositContract.address(),
    elasticity: DEFAULT_ELASTICITY,
    baseFeeDenominator: DEFAULT_BASE_FEE_DENOMINATOR,
  };
}

function refuseUnknownForks(config: JsonField): void {
  const known = [...Object.values(BLOCK_FIELDS), ...Object.values(GLACIER_FIELDS), ...OTHER_FIELDS, ...TIME_FIELDS];
  for (const [key, field] of config.fields()) {
    if (!/(Block|Time)$/.test(key) || field.isAbsent || known.includes(key)) continue;
    throw field.malformed('nothing: Heddle knows the forks up to Osaka and bpo1 to bpo5');
  }
}

function activations(config: JsonField, fields: Readonly<Record<string, string>>): Activations {
  const found: Record<string, number> = {};
  for (const [name, key] of Object.entries(fields)) {
    const point = activation(config, key);
    if (point !== undefined) found[name] = point;
  }
  return found;
}

function activation(config: JsonField, key: string): number | undefined {
  const field = config.field(key);
  return field.isAbsent ? undefined : field.number(0, Number.MAX_SAFE_INTEGER);
}

/** As geth: a chain with Constantinople and nothing about Petersburg has both at once. */
function withConstantinopleFix(blocks: Activations): Activations {
  const { constantinople, petersburg } = blocks;
  return constantinople === undefined || petersburg !== undefined ? blocks : { ...blocks, petersburg: constantinople };
}

/**
 * Blob rules by fork; geth writes the forks' names small, test suites do not.
 *
 * @throws HeddleError `FILE_MALFORMED`
 */
export function readBlobSchedule(schedule: JsonField): Readonly<Record<string, BlobRules>> {
  if (schedule.isAbsent) return {};
  return Object.fromEntries(
    schedule.fields().map(([name, field]) => {
      const fork = TIME_FORKS.find((one) => one === name.toLowerCase());
      if (fork === undefined) throw field.malformed(`no such fork here (known: ${TIME_FORKS.join(', ')})`);
      field.onlyKnown(['target', 'max', 'baseFeeUpdateFraction']);
      return [
        fork,
        {
          target: field.field('target').number(0, MAX_BLOBS),
          max: field.field('max').number(1, MAX_BLOBS),
          baseFeeUpdateFraction: field.field('baseFeeUpdateFraction').integer(1n, MAX_UINT256),
        },
      ];
    }),
  );
}

function readDaoFork(config: JsonField): ChainConfig['daoFork'] {
  const block = activation(config, 'daoForkBlock');
  const support = config.field('daoForkSupport');
  if (block === undefined) return undefined;
  return { block, isSupported: !support.isAbsent && support.boolean() };
}
