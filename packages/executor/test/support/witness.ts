import { readFileSync } from 'node:fs';
import {
  type Address,
  type Block,
  bigIntToBytes,
  concatBytes,
  encodeRlp,
  type Hash,
  type Header,
  type Hex,
  hexToBytes,
} from '@heddle/primitives';
import type { KeyValueSource } from '../../src/state/database.ts';
import { createWitnessSource } from '../../src/state/witness-source.ts';

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
    source: createWitnessSource(witness.prev_state_root, { nodes, codes: witness.codes.map(hexToBytes) }),
    blockHash: (number) => witness.block_hashes[header.number - 1 - number],
  };
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
