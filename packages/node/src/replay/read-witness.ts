import type { Witness } from '@heddle/executor';
import { type Hash, keccak256Hex } from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import type { ChainConfig } from '../foreign/chain-config.ts';
import { type ReplayBlock, readReplayBlock } from './read-block.ts';
import { MAX_STATE_FILE_BYTES, readInput } from './read-input.ts';

/** A block with the part of its parent's state that it needs, proven. */
export interface WitnessedBlock {
  readonly replay: ReplayBlock;
  readonly parentStateRoot: Hash;
  readonly witness: Witness;
  readonly blockHashes: ReadonlyMap<number, Hash>;
}

/** Types of transactions by the names that alloy gives them. */
const TYPES = { Legacy: 0, Eip2930: 1, Eip1559: 2, Eip4844: 3, Eip7702: 4 } as const;

/**
 * A file of scroll-tech/stateless-block-verifier: header and transactions as alloy spells them, nodes of the state's tries
 * (`states`), codes, hashes of the blocks before.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`, `REPLAY_FILE_TOO_LARGE`, `REPLAY_CHAIN_UNKNOWN`
 */
export function readWitnessedBlock(file: string, config: ChainConfig): WitnessedBlock {
  const json = readInput(file, MAX_STATE_FILE_BYTES);
  const replay = readReplayBlock(inOurSpelling(json), config);
  const { number } = replay.block.header;
  const hashes = json.field('block_hashes').elements();
  return {
    replay,
    parentStateRoot: json.field('prev_state_root').bytesOfSize(32),
    witness: { nodes: readNodes(json), codes: bytesOf(json.field('codes')) },
    blockHashes: new Map(hashes.map((hash, index): [number, Hash] => [number - 1 - index, hash.bytesOfSize(32)])),
  };
}

/** Whatever else is wrong with them, execution finds a node missing or of other content. */
function readNodes(json: JsonField): Uint8Array[] {
  const nodes = bytesOf(json.field('states'));
  const root = json.field('prev_state_root');
  if (nodes.some((node) => keccak256Hex(node) === root.value)) return nodes;
  throw root.malformed('the hash of one of the nodes in "states"');
}

function bytesOf(list: JsonField): Uint8Array[] {
  return list.elements().map((element) => element.bytes());
}

/** The block as `eth_getBlockByNumber` would show it. */
function inOurSpelling(json: JsonField): JsonField {
  const { ommersHash, beneficiary, ...header } = camelCased(json.field('header'));
  const block = {
    ...header,
    sha3Uncles: ommersHash,
    miner: beneficiary,
    transactions: json.field('transactions').elements().map(transactionInOurSpelling),
    withdrawals: json.field('withdrawals').value,
  };
  return new JsonField(json.file, '', block);
}

function transactionInOurSpelling(field: JsonField): unknown {
  const [[kind, inner] = ['', field]] = field.field('transaction').fields();
  const type = kind in TYPES ? TYPES[kind as keyof typeof TYPES] : undefined;
  if (type === undefined) throw inner.malformed(`one of ${Object.keys(TYPES).join(', ')} as its key`);
  const { gasLimit, ...fields } = camelCased(inner);
  const signature = field.field('signature');
  const yParity = signature.field('yParity').number(0, 1);
  const chainId = inner.field('chain_id');
  const v = chainId.isAbsent ? 27 : chainId.number(0, 2 ** 48) * 2 + 35; // EIP-155
  return {
    ...fields,
    type,
    gas: gasLimit,
    v: type === 0 ? v + yParity : yParity,
    r: signature.field('r').value,
    s: signature.field('s').value,
  };
}

/** The values of an object whose keys are in snake case. */
function camelCased(object: JsonField): Record<string, unknown> {
  const camel = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(object.fields().map(([key, field]) => [camel(key), field.value]));
}
