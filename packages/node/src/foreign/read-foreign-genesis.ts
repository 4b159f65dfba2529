import {
  type Block,
  bytesToHex,
  CONSTANT_HEADER_FIELDS,
  EMPTY_BLOOM,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  FIRST_BASE_FEE,
  type GenesisAccount,
  type Hash,
  type Header,
  isActive,
  toQuantity,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import { readAlloc } from '../genesis/read-alloc.ts';
import { type ChainConfig, forkAt } from './chain-config.ts';
import { readChainConfig } from './read-chain-config.ts';

/** What a geth-style genesis.json of a chain of any fork says. */
export interface ForeignGenesis {
  readonly config: ChainConfig;
  readonly alloc: readonly GenesisAccount[];
  /** Block 0, for the root that `alloc` comes to (`genesisOperations`). */
  blockWith(stateRoot: Hash): Block;
}

const TOP_FIELDS = [
  ...['config', 'alloc', 'coinbase', 'timestamp', 'gasLimit', 'baseFeePerGas', 'mixHash', 'extraData', 'nonce'],
  ...['difficulty', 'number', 'gasUsed', 'parentHash', 'excessBlobGas', 'blobGasUsed'],
];
const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;
/** geth's `params.GenesisGasLimit`, for a file that says nothing. */
const DEFAULT_GAS_LIMIT = 4_712_388n;
/** geth's `params.GenesisDifficulty`. */
const DEFAULT_DIFFICULTY = 131_072n;

/**
 * Reads a geth-style genesis.json whose forks may come into force anywhere on the chain.
 *
 * @throws HeddleError `FILE_MALFORMED` with the place, what stands there and what should.
 */
export function readForeignGenesis(json: unknown, file = 'genesis.json'): ForeignGenesis {
  const genesis = new JsonField(file, '', json);
  genesis.onlyKnown(TOP_FIELDS);
  const config = readChainConfig(genesis.field('config'));
  const header = readHeader(genesis, config);
  return {
    config,
    alloc: readAlloc(genesis.field('alloc')),
    blockWith: (stateRoot) => ({ header: { ...header, stateRoot }, transactions: [], withdrawals: [] }),
  };
}

function readHeader(genesis: JsonField, config: ChainConfig): Header {
  const number = integer(genesis, 'number', MAX_UINT64, 0n);
  if (number !== 0n) throw genesis.field('number').malformed('0');
  const timestamp = genesis.field('timestamp');
  const coinbase = genesis.field('coinbase');
  const extraData = genesis.field('extraData');
  const header = {
    ...CONSTANT_HEADER_FIELDS,
    parentHash: hash(genesis, 'parentHash'),
    beneficiary: coinbase.isAbsent ? ZERO_ADDRESS : coinbase.address(),
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    difficulty: integer(genesis, 'difficulty', MAX_UINT256, DEFAULT_DIFFICULTY),
    number: 0,
    gasLimit: integer(genesis, 'gasLimit', MAX_UINT64, DEFAULT_GAS_LIMIT),
    gasUsed: integer(genesis, 'gasUsed', MAX_UINT64, 0n),
    timestamp: timestamp.isAbsent ? 0 : timestamp.number(0, Number.MAX_SAFE_INTEGER),
    extraData: extraData.isAbsent ? ('0x' as const) : bytesToHex(extraData.bytes()),
    mixHash: hash(genesis, 'mixHash'),
    nonce: `0x${toQuantity(integer(genesis, 'nonce', MAX_UINT64, 0n))
      .slice(2)
      .padStart(16, '0')}` as const,
  };
  return { ...header, ...laterFields(genesis, config, header) };
}

/** Block 0 has the fields of all forks that are in force at it. */
function laterFields(genesis: JsonField, config: ChainConfig, { difficulty, timestamp }: LaterFieldsOf) {
  const { terminalTotalDifficulty: terminal } = config;
  const isMerged = terminal !== undefined && difficulty >= terminal;
  const fork = forkAt(config, { number: 0, timestamp, isMerged });
  const has = (feature: Parameters<typeof isActive>[1]) => isActive(fork, feature);
  return {
    baseFeePerGas: has('london') ? integer(genesis, 'baseFeePerGas', MAX_UINT256, FIRST_BASE_FEE) : undefined,
    withdrawalsRoot: has('shanghai') ? EMPTY_TRIE_ROOT : undefined,
    blobGasUsed: has('cancun') ? integer(genesis, 'blobGasUsed', MAX_UINT64, 0n) : undefined,
    excessBlobGas: has('cancun') ? integer(genesis, 'excessBlobGas', MAX_UINT64, 0n) : undefined,
    parentBeaconBlockRoot: has('cancun') ? ZERO_HASH : undefined,
    requestsHash: has('prague') ? EMPTY_REQUESTS_HASH : undefined,
  };
}

type LaterFieldsOf = Pick<Header, 'difficulty' | 'timestamp'>;

function integer(genesis: JsonField, key: string, high: bigint, otherwise: bigint): bigint {
  const field = genesis.field(key);
  return field.isAbsent ? otherwise : field.integer(0n, high);
}

function hash(genesis: JsonField, key: string): Hash {
  const field = genesis.field(key);
  return field.isAbsent ? ZERO_HASH : field.bytesOfSize(32);
}
