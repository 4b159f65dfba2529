import { type Address, bigIntToBytes, bytesToHex, type Hash, type Hex, hexToBytes } from './bytes.ts';
import { assert, HeddleError } from './errors.ts';
import { EMPTY_LIST_HASH, keccak256Hex } from './keccak.ts';
import { decodeRlp, encodeRlp, type RlpInput, type RlpItem } from './rlp.ts';
import { readFields } from './rlp-fields.ts';

/**
 * An Ethereum header of any fork. What a later fork added is undefined in a header from before it; the fields come in
 * the order of the forks, so that none is defined behind one that is not. All of Heddle's own headers have every one.
 */
export interface Header {
  readonly parentHash: Hash;
  readonly ommersHash: Hash;
  /** The proposer's fee address. */
  readonly beneficiary: Address;
  readonly stateRoot: Hash;
  readonly transactionsRoot: Hash;
  readonly receiptsRoot: Hash;
  /** 256 bytes. */
  readonly logsBloom: Hex;
  readonly difficulty: bigint;
  readonly number: number;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Up to 32 bytes; Heddle: Unix milliseconds in 8 bytes. */
  readonly extraData: Hex;
  /** PREVRANDAO since the merge. */
  readonly mixHash: Hash;
  /** 8 bytes, zero after the merge. */
  readonly nonce: Hex;
  /** London. */
  readonly baseFeePerGas: bigint | undefined;
  /** Shanghai. */
  readonly withdrawalsRoot: Hash | undefined;
  /** Cancun, and the two that follow. */
  readonly blobGasUsed: bigint | undefined;
  readonly excessBlobGas: bigint | undefined;
  readonly parentBeaconBlockRoot: Hash | undefined;
  /** Prague. */
  readonly requestsHash: Hash | undefined;
}

/** An EIP-4895 withdrawal; `amount` is in gwei. */
export interface Withdrawal {
  readonly index: bigint;
  readonly validatorIndex: bigint;
  readonly address: Address;
  readonly amount: bigint;
}

/** A block: header, raw transactions in order, withdrawals; before the merge ommers, of which Heddle has none. */
export interface Block {
  readonly header: Header;
  readonly transactions: readonly Uint8Array[];
  /** Headers of blocks beside the chain; absent: none. */
  readonly ommers?: readonly Header[];
  /** Empty before Shanghai, when the header has no root of them. */
  readonly withdrawals: readonly Withdrawal[];
}

/** `nonce` of every header after the merge. */
export const ZERO_NONCE: Hex = '0x0000000000000000';
/** A bloom filter without entries. */
export const EMPTY_BLOOM: Hex = `0x${'00'.repeat(256)}`;
/** `requestsHash` of a block without requests: sha256 of nothing (EIP-7685). */
export const EMPTY_REQUESTS_HASH: Hash = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** The RLP of `header`. */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp(headerFields(header));
}

/** keccak256 of the header's RLP: the block hash, and the block id of consensus. */
export function hashHeader(header: Header): Hash {
  return keccak256Hex(encodeHeader(header));
}

/**
 * The header that `bytes` encodes.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeHeader(bytes: Uint8Array): Header {
  return readHeader(decodeRlp(bytes));
}

/** The block's RLP as Ethereum exchanges it: [header, transactions, ommers, withdrawals since Shanghai]. */
export function encodeBlock({ header, transactions, ommers = [], withdrawals }: Block): Uint8Array {
  return encodeRlp([
    headerFields(header),
    transactions.map((raw): RlpInput => ((raw[0] ?? 0) >= 0xc0 ? decodeRlp(raw) : raw)),
    ommers.map(headerFields),
    ...(header.withdrawalsRoot === undefined ? [] : [withdrawals.map(withdrawalFields)]),
  ]);
}

/**
 * The block that `bytes` encodes.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeBlock(bytes: Uint8Array): Block {
  return readBlock(decodeRlp(bytes));
}

/** {@link decodeBlock} of an item that stands in a longer list. */
export function readBlock(item: RlpItem): Block {
  const fields = readFields(item, 'block');
  const header = readHeader(fields.list('header'));
  const transactions = fields.list('transactions').map(readTransaction);
  const ommers = fields.list('ommers').map(readHeader);
  const withdrawals = header.withdrawalsRoot === undefined ? [] : fields.list('withdrawals').map(readWithdrawal);
  fields.end();
  return { header, transactions, ...(ommers.length > 0 && { ommers }), withdrawals };
}

/** A legacy transaction stands as a list, never as the string of its bytes: a block has one encoding. */
function readTransaction(item: RlpItem): Uint8Array {
  if (!(item instanceof Uint8Array)) return encodeRlp(item);
  if ((item[0] ?? 0) >= 0xc0) throw new HeddleError('RLP_FIELD', 'block: a legacy transaction is wrapped in a string');
  return item;
}

/** keccak256 of the list of `ommers`, as headers name it. */
export function hashOmmers(ommers: readonly Header[]): Hash {
  return ommers.length === 0 ? EMPTY_LIST_HASH : keccak256Hex(encodeRlp(ommers.map(headerFields)));
}

/** The RLP of one withdrawal, as the withdrawals trie holds it. */
export function encodeWithdrawal(withdrawal: Withdrawal): Uint8Array {
  return encodeRlp(withdrawalFields(withdrawal));
}

function withdrawalFields(withdrawal: Withdrawal): Uint8Array[] {
  return [
    bigIntToBytes(withdrawal.index),
    bigIntToBytes(withdrawal.validatorIndex),
    hexToBytes(withdrawal.address),
    bigIntToBytes(withdrawal.amount),
  ];
}

function readWithdrawal(item: RlpItem): Withdrawal {
  const fields = readFields(item, 'withdrawal');
  const withdrawal = {
    index: fields.bigint('index', 64),
    validatorIndex: fields.bigint('validatorIndex', 64),
    address: fields.address('address'),
    amount: fields.bigint('amount', 64),
  };
  fields.end();
  return withdrawal;
}

function headerFields(header: Header): Uint8Array[] {
  return [
    hexToBytes(header.parentHash),
    hexToBytes(header.ommersHash),
    hexToBytes(header.beneficiary),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    hexToBytes(header.logsBloom),
    bigIntToBytes(header.difficulty),
    bigIntToBytes(BigInt(header.number)),
    bigIntToBytes(header.gasLimit),
    bigIntToBytes(header.gasUsed),
    bigIntToBytes(BigInt(header.timestamp)),
    hexToBytes(header.extraData),
    hexToBytes(header.mixHash),
    hexToBytes(header.nonce),
    ...laterFields(header),
  ];
}

/** What forks added to headers, up to the first one that this header does not have. */
function laterFields(header: Header): Uint8Array[] {
  const fields = [
    optional(header.baseFeePerGas, bigIntToBytes),
    optional(header.withdrawalsRoot, hexToBytes),
    optional(header.blobGasUsed, bigIntToBytes),
    optional(header.excessBlobGas, bigIntToBytes),
    optional(header.parentBeaconBlockRoot, hexToBytes),
    optional(header.requestsHash, hexToBytes),
  ];
  const present = fields.filter((field) => field !== undefined);
  assert(present.length === fields.length || fields.indexOf(undefined) === present.length, 'a header has a gap');
  return present;
}

function optional<T>(value: T | undefined, encode: (value: T) => Uint8Array): Uint8Array | undefined {
  return value === undefined ? undefined : encode(value);
}

function readHeader(item: RlpItem): Header {
  const fields = readFields(item, 'header');
  const has = () => fields.remaining() > 0;
  const header: Header = {
    parentHash: fields.hash('parentHash'),
    ommersHash: fields.hash('ommersHash'),
    beneficiary: fields.address('beneficiary'),
    stateRoot: fields.hash('stateRoot'),
    transactionsRoot: fields.hash('transactionsRoot'),
    receiptsRoot: fields.hash('receiptsRoot'),
    logsBloom: bytesToHex(fields.bytesOfSize('logsBloom', 256)),
    difficulty: fields.bigint('difficulty', 256),
    number: fields.number('number'),
    gasLimit: fields.bigint('gasLimit', 64),
    gasUsed: fields.bigint('gasUsed', 64),
    timestamp: fields.number('timestamp'),
    extraData: fields.hex('extraData'),
    mixHash: fields.hash('mixHash'),
    nonce: bytesToHex(fields.bytesOfSize('nonce', 8)),
    baseFeePerGas: has() ? fields.bigint('baseFeePerGas', 256) : undefined,
    withdrawalsRoot: has() ? fields.hash('withdrawalsRoot') : undefined,
    blobGasUsed: has() ? fields.bigint('blobGasUsed', 64) : undefined,
    excessBlobGas: has() ? fields.bigint('excessBlobGas', 64) : undefined,
    parentBeaconBlockRoot: has() ? fields.hash('parentBeaconBlockRoot') : undefined,
    requestsHash: has() ? fields.hash('requestsHash') : undefined,
  };
  fields.end();
  return header;
}

/** The fields that are the same in every header of a Heddle chain. */
export const CONSTANT_HEADER_FIELDS = { ommersHash: EMPTY_LIST_HASH, difficulty: 0n, nonce: ZERO_NONCE } as const;
