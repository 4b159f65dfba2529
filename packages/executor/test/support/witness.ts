import { readFileSync } from 'node:fs';
import {
  type Address,
  type Block,
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  decodeRlp,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  equalBytes,
  type Hash,
  type Header,
  type Hex,
  hexToBytes,
  keccak256,
} from '@heddle/primitives';
import { encodeAccountRecord } from '../../src/state/account-record.ts';
import type { KeyValueSource } from '../../src/state/database.ts';
import { accountKey, accountNodePrefix, codeKey, slotKey, storageNodePrefix } from '../../src/state/state-keys.ts';
import { decodeNode } from '../../src/trie/decode-node.ts';
import { proveKey } from '../../src/trie/merkle-proof.ts';
import { type Nibbles, nibblesOf } from '../../src/trie/nibbles.ts';
import { type NodeReference, sharedLength, type TrieNode } from '../../src/trie/trie-node.ts';

/** A block with the part of its parent's state that it needs; of the rest there are only hashes. */
export interface WitnessBlock {
  readonly block: Block;
  readonly parentStateRoot: Hash;
  readonly source: KeyValueSource;
  blockHash(number: number): Hash | undefined;
}

type Fields = Readonly<Record<string, string | number>>;

interface WitnessFile {
  readonly header: Fields;
  readonly prev_state_root: Hash;
  readonly transactions: readonly {
    readonly signature: Fields;
    readonly transaction: Readonly<Record<string, Fields>>;
  }[];
  readonly withdrawals: readonly { index: Hex; validatorIndex: Hex; address: Address; amount: Hex }[];
  readonly block_hashes: readonly Hash[];
  readonly states: readonly Hex[];
  readonly codes: readonly Hex[];
}

/** Who calls system contracts (EIP-4788). A system call changes nothing of it, so that a witness need not have it. */
const SYSTEM_CALLER: Address = `0x${'ff'.repeat(19)}fe`;

/** Reads a witness, less the nodes that `isLeftOut` names. */
export function readWitness(file: string, isLeftOut: (node: Uint8Array) => boolean = () => false): WitnessBlock {
  const witness = JSON.parse(readFileSync(file, 'utf8')) as WitnessFile;
  const header = headerOf(witness.header);
  const withdrawals = witness.withdrawals.map(({ index, validatorIndex, address, amount }) => ({
    index: BigInt(index),
    validatorIndex: BigInt(validatorIndex),
    address,
    amount: BigInt(amount),
  }));
  const nodes = witness.states.map(hexToBytes).filter((node) => !isLeftOut(node));
  return {
    block: { header, transactions: witness.transactions.map(rawOf), withdrawals, ommers: [] },
    parentStateRoot: witness.prev_state_root,
    source: new WitnessSource(witness.prev_state_root, nodes, witness.codes.map(hexToBytes)),
    blockHash: (number) => witness.block_hashes[header.number - 1 - number],
  };
}

/** The records that a store at the parent would have, as far as the witness has their nodes. */
class WitnessSource implements KeyValueSource {
  readonly #root: Uint8Array;
  readonly #nodes: ReadonlyMap<Hash, Uint8Array>;
  readonly #codes: ReadonlyMap<string, Uint8Array>;

  constructor(root: Hash, nodes: readonly Uint8Array[], codes: readonly Uint8Array[]) {
    this.#root = hexToBytes(root);
    this.#nodes = new Map(nodes.map((node) => [bytesToHex(keccak256(node)), node]));
    this.#codes = new Map(codes.map((code) => [bytesToHex(codeKey(bytesToHex(keccak256(code)))), code]));
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    const address = bytesToHex(key.subarray(1, 21));
    if (startsWith(key, accountNodePrefix())) return this.#nodeAt(this.#root, key.subarray(1));
    if (startsWith(key, codeKey(EMPTY_TRIE_ROOT).subarray(0, 1))) return this.#codes.get(bytesToHex(key));
    const account = address === SYSTEM_CALLER ? undefined : this.#account(address);
    if (account === undefined) return undefined;
    if (startsWith(key, storageNodePrefix(address, 0))) return this.#nodeAt(account.storageRoot, key.subarray(25));
    if (equalBytes(key, accountKey(address))) return account.record;
    const slot = bytesToHex(key.subarray(25));
    if (!equalBytes(key, slotKey(address, 0, slot))) return undefined;
    const trie = { source: this, prefix: storageNodePrefix(address, 0), root: account.storageRoot };
    const { value } = proveKey(trie, nibblesOf(keccak256(hexToBytes(slot))));
    return value && (decodeRlp(value) as Uint8Array);
  }

  #account(address: Address): { readonly storageRoot: Uint8Array; readonly record: Uint8Array } | undefined {
    const trie = { source: this, prefix: accountNodePrefix(), root: this.#root };
    const { value } = proveKey(trie, nibblesOf(keccak256(hexToBytes(address))));
    if (value === undefined) return undefined;
    const [nonce, balance, storageRoot, codeHash] = decodeRlp(value) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const record = encodeAccountRecord({
      nonce: bytesToBigInt(nonce),
      balance: bytesToBigInt(balance),
      codeHash: bytesToHex(codeHash),
      incarnation: 0,
      slotCount: bytesToHex(storageRoot) === EMPTY_TRIE_ROOT ? 0 : 1, // how many is not known
    });
    return { storageRoot, record };
  }

  /** The node that has a record at `path` of the trie. */
  #nodeAt(root: Uint8Array, path: Nibbles): Uint8Array | undefined {
    let reference: NodeReference | undefined = root;
    for (let depth = 0; reference !== undefined; ) {
      const encoding: Uint8Array | undefined =
        reference instanceof Uint8Array ? this.#nodes.get(bytesToHex(reference)) : undefined;
      if (depth === path.length || (reference instanceof Uint8Array && encoding === undefined)) return encoding;
      const node: TrieNode = encoding === undefined ? (reference as TrieNode) : decodeNode(encoding);
      if (node.kind === 'leaf') return undefined;
      if (node.kind === 'branch') {
        reference = node.children[path[depth] as number];
        depth++;
      } else {
        if (sharedLength(node.path, path, depth) < node.path.length) return undefined;
        reference = node.child;
        depth += node.path.length;
      }
    }
    return undefined;
  }
}

function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return equalBytes(key.subarray(0, prefix.length), prefix);
}

function headerOf(fields: Fields): Header {
  const text = (name: string) => String(fields[name]) as Hex;
  const number = (name: string) => BigInt(fields[name] ?? 0);
  return {
    parentHash: text('parent_hash'),
    ommersHash: text('ommers_hash'),
    beneficiary: text('beneficiary'),
    stateRoot: text('state_root'),
    transactionsRoot: text('transactions_root'),
    receiptsRoot: text('receipts_root'),
    logsBloom: text('logs_bloom'),
    difficulty: number('difficulty'),
    number: Number(fields.number),
    gasLimit: number('gas_limit'),
    gasUsed: number('gas_used'),
    timestamp: Number(fields.timestamp),
    extraData: text('extra_data'),
    mixHash: text('mix_hash'),
    nonce: text('nonce'),
    baseFeePerGas: number('base_fee_per_gas'),
    withdrawalsRoot: text('withdrawals_root'),
    blobGasUsed: number('blob_gas_used'),
    excessBlobGas: number('excess_blob_gas'),
    parentBeaconBlockRoot: text('parent_beacon_block_root'),
    requestsHash: text('requests_hash'),
  };
}

/** The signed transaction as blocks hold it. */
function rawOf({ signature, transaction }: WitnessFile['transactions'][number]): Uint8Array {
  const [[kind, fields] = ['', {} as Fields]] = Object.entries(transaction);
  const number = (value: string | number | undefined) => bigIntToBytes(BigInt(value ?? 0));
  const to = fields.to === undefined || fields.to === null ? new Uint8Array(0) : hexToBytes(String(fields.to));
  const [value, input, gasLimit, nonce] = [
    number(fields.value),
    hexToBytes(String(fields.input)),
    number(fields.gas_limit),
    number(fields.nonce),
  ];
  const [r, s] = [number(signature.r), number(signature.s)];
  if (kind === 'Legacy') {
    const v = BigInt(fields.chain_id ?? 0) * 2n + 35n + BigInt(signature.yParity ?? 0); // EIP-155
    return encodeRlp([nonce, number(fields.gas_price), gasLimit, to, value, input, bigIntToBytes(v), r, s]);
  }
  const [tip, cap] = [number(fields.max_priority_fee_per_gas), number(fields.max_fee_per_gas)];
  const head = [number(fields.chain_id), nonce, tip, cap, gasLimit, to, value, input, []];
  return concatBytes(Uint8Array.of(2), encodeRlp([...head, number(signature.yParity), r, s]));
}
