import { bytesToHex, type ChainSpec, type GenesisAccount, ZERO_ADDRESS, ZERO_HASH } from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import { executionRulesOf } from './configured-chain.ts';
import { readGenesisHead } from './genesis-file.ts';
import { type HeddleConfig, hashHeddleConfig, readHeddleConfig } from './heddle-config.ts';
import { isEmpty, readAlloc } from './read-alloc.ts';

/** The fields of geth's genesis.json, and no others: a misspelt one must not be ignored. */
const TOP_FIELDS = [
  'config',
  'alloc',
  'coinbase',
  'timestamp',
  'gasLimit',
  'baseFeePerGas',
  'mixHash',
  'extraData',
  'nonce',
  'difficulty',
  'number',
  'gasUsed',
  'parentHash',
  'excessBlobGas',
  'blobGasUsed',
];
/** `<name>Block` and `<name>Time` of every fork up to Osaka. Each is active from genesis, whatever is left out. */
const FORK_FIELDS = new Set(
  [
    ...['homestead', 'daoFork', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg'],
    ...['istanbul', 'muirGlacier', 'berlin', 'london', 'arrowGlacier', 'grayGlacier', 'mergeNetsplit'],
  ]
    .map((name) => `${name}Block`)
    .concat(['shanghai', 'cancun', 'prague', 'osaka'].map((name) => `${name}Time`)),
);

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;
/** Unix seconds whose milliseconds are a safe integer. */
const MAX_TIMESTAMP = Math.floor(Number.MAX_SAFE_INTEGER / 1_000);
const MIN_GAS_LIMIT = 5_000n;
const MAX_GAS_LIMIT = BigInt(Number.MAX_SAFE_INTEGER);

/** A whole genesis.json that fits into memory. */
export interface Genesis extends ChainSpec {
  readonly alloc: readonly GenesisAccount[];
}

/**
 * The chain spec in the genesis.json at `file`, whose accounts are not read.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`
 */
export function readGenesisFile(file: string): ChainSpec {
  const { alloc: _, ...spec } = readGenesis(readGenesisHead(file), file);
  return spec;
}

/**
 * What the JSON of a geth-style genesis.json means; `file` is its name in messages.
 *
 * @throws HeddleError `FILE_MALFORMED` with the place, what stands there and what should.
 */
export function readGenesis(json: unknown, file = 'genesis.json'): Genesis {
  const genesis = new JsonField(file, '', json);
  genesis.onlyKnown(TOP_FIELDS);
  const heddle = readHeddleConfig(genesis.field('config').field('heddle'), genesis.field('baseFeePerGas'));
  const accounts = readAlloc(genesis.field('alloc'));
  const alloc = heddle.base ? accounts : [...heddleAccounts(accounts, heddle, file)];
  return { ...specOf(genesis, heddle), alloc };
}

/**
 * The chain as it is at the blocks that `heddle` is about: `config.heddle` of the file, or what stood there before the
 * chain was gone on from.
 *
 * @throws HeddleError `FILE_MALFORMED`
 */
export function specOf(genesis: JsonField, heddle: HeddleConfig): ChainSpec {
  const config = genesis.field('config');
  const genesisExtraData = hashHeddleConfig(heddle);
  const { base, ...rules } = heddle;
  if (base === undefined) {
    checkForks(config);
    checkFixedFields(genesis, heddle, genesisExtraData);
  }
  const coinbase = genesis.field('coinbase');
  const mixHash = genesis.field('mixHash');
  const timestamp = genesis.field('timestamp');
  return {
    ...rules,
    ...executionRulesOf(config, heddle),
    ...(base && { base: { number: base.number, hash: base.hash } }),
    genesisTimestamp: timestamp.isAbsent ? 0 : timestamp.number(0, MAX_TIMESTAMP),
    gasLimit: base ? base.gasLimit : genesis.field('gasLimit').integer(MIN_GAS_LIMIT, MAX_GAS_LIMIT),
    genesisMixHash: mixHash.isAbsent ? ZERO_HASH : mixHash.bytesOfSize(32),
    genesisBeneficiary: coinbase.isAbsent ? ZERO_ADDRESS : coinbase.address(),
    genesisExtraData,
  };
}

function checkForks(config: JsonField): void {
  for (const [key, field] of config.fields()) {
    if (!/(Block|Time)$/.test(key) || field.isAbsent || field.value === false) continue;
    if (!FORK_FIELDS.has(key)) throw field.malformed('nothing: Heddle knows the forks up to Osaka');
    if (field.integer(0n, MAX_UINT64) !== 0n) throw field.malformed('0: Heddle runs all forks from genesis');
  }
  const difficulty = config.field('terminalTotalDifficulty');
  if (!difficulty.isAbsent) difficulty.integer(0n, MAX_UINT256);
}

/** What geth lets a genesis choose and Heddle derives: given all the same, it must agree. */
function checkFixedFields(genesis: JsonField, heddle: HeddleConfig, extraData: string): void {
  for (const key of ['nonce', 'difficulty', 'number', 'gasUsed', 'excessBlobGas', 'blobGasUsed']) {
    const field = genesis.field(key);
    if (!field.isAbsent && field.integer(0n, MAX_UINT256) !== 0n) throw field.malformed('0');
  }
  const parentHash = genesis.field('parentHash');
  if (!parentHash.isAbsent && parentHash.bytesOfSize(32) !== ZERO_HASH) throw parentHash.malformed(ZERO_HASH);
  const extra = genesis.field('extraData');
  if (!extra.isAbsent && extra.value !== '0x' && bytesToHex(extra.bytes()) !== extraData) {
    throw extra.malformed(`nothing, or ${extraData} (keccak256 of config.heddle)`);
  }
  const baseFee = genesis.field('baseFeePerGas');
  if (!baseFee.isAbsent && baseFee.integer(0n, MAX_UINT256) !== heddle.initialBaseFee) {
    throw baseFee.malformed(`nothing, or ${heddle.initialBaseFee} as config.heddle.initialBaseFee says`);
  }
}

/**
 * `accounts` as a Heddle chain begins with them: without those that would be empty, since no state has one (EIP-161).
 *
 * @throws HeddleError `FILE_MALFORMED` for storage of nothing, and for a fee address of a validator
 */
export function* heddleAccounts(
  accounts: Iterable<GenesisAccount>,
  { validators }: Pick<ChainSpec, 'validators'>,
  file: string,
): Generator<GenesisAccount> {
  const feeAddresses = validators.map(({ feeAddress }) => feeAddress);
  for (const account of accounts) {
    const { address, storage } = account;
    if (isEmpty(account)) {
      if (storage.size === 0) continue;
      throw new JsonField(file, `alloc.${address}`, {}).malformed('a balance, a nonce or code beside the storage');
    }
    const index = feeAddresses.indexOf(address);
    if (index >= 0) {
      const place = new JsonField(file, `config.heddle.validators[${index}].feeAddress`, address);
      throw place.malformed('an address of the validator alone, not one of alloc');
    }
    yield account;
  }
}
