import { type Address, bigIntToBytes, bytesToHex, type Hash, type Hex, hexToBytes } from './bytes.ts';
import { HeddleError } from './errors.ts';
import { keccak256 } from './keccak.ts';
import { decodeRlp, type RlpItem } from './rlp.ts';
import { type FieldReader, readFields } from './rlp-fields.ts';
import { RlpWriter, rlpBytesSize, rlpHexSize, rlpListSize } from './rlp-writer.ts';
import type { TransactionType } from './transaction.ts';

/** One log as a contract emitted it. Its place in block and transaction is known by whoever holds the receipts. */
export interface Log {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Hex;
}

/** What one transaction did. */
export interface Receipt {
  readonly type: TransactionType;
  /** False: reverted, or out of gas. */
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  /** Of this and all earlier transactions of the block. */
  readonly cumulativeGasUsed: bigint;
  readonly logs: readonly Log[];
  /** 256 bytes. */
  readonly logsBloom: Hex;
  /** Set by a successful or failed creation. */
  readonly contractAddress: Address | undefined;
  /** Before Byzantium, instead of the status: the state root after this transaction (EIP-658). */
  readonly stateRoot?: Hash;
}

/** The receipt as the receipts trie holds it (EIP-2718, EIP-658). */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { type, succeeded, stateRoot, cumulativeGasUsed, logsBloom, logs } = receipt;
  const outcome = stateRoot ?? (succeeded ? '0x01' : '0x');
  const gasUsed = bigIntToBytes(cumulativeGasUsed);
  const logsSize = logsContentSize(logs);
  const contentSize = rlpHexSize(outcome) + rlpBytesSize(gasUsed) + rlpHexSize(logsBloom) + rlpListSize(logsSize);
  const typeSize = type === 0 ? 0 : 1;
  const writer = new RlpWriter(typeSize + rlpListSize(contentSize));
  if (type !== 0) writer.byte(type);
  writer.list(contentSize);
  writer.hex(outcome);
  writer.string(gasUsed);
  if (logsBloom === NO_BLOOM) writer.string(NO_BLOOM_BYTES);
  else writer.hex(logsBloom);
  writeLogs(writer, logs, logsSize);
  return writer.bytes;
}

/** A topic's RLP. */
const TOPIC_SIZE = 33;

/** `size` is their {@link logsContentSize}. */
function writeLogs(writer: RlpWriter, logs: readonly Log[], size: number): void {
  writer.list(size);
  for (const log of logs) {
    writer.list(logContentSize(log));
    writer.hex(log.address);
    writer.list(log.topics.length * TOPIC_SIZE);
    for (const topic of log.topics) writer.hex(topic);
    writer.hex(log.data);
  }
}

function logsContentSize(logs: readonly Log[]): number {
  let size = 0;
  for (const log of logs) size += rlpListSize(logContentSize(log));
  return size;
}

function logContentSize({ address, topics, data }: Log): number {
  return rlpHexSize(address) + rlpListSize(topics.length * TOPIC_SIZE) + rlpHexSize(data);
}

/** All of a block's receipts in Heddle's storage form: blooms and cumulative gas are computed again when read. */
export function encodeStoredReceipts(receipts: readonly Receipt[]): Uint8Array {
  const sized = receipts.map((receipt) => {
    const { gasUsed, contractAddress = '0x', logs, stateRoot } = receipt;
    const gasBytes = bigIntToBytes(gasUsed);
    const logsSize = logsContentSize(logs);
    const rootSize = stateRoot === undefined ? 0 : rlpHexSize(stateRoot);
    const size = 2 + rlpBytesSize(gasBytes) + rlpHexSize(contractAddress) + rlpListSize(logsSize) + rootSize;
    return { receipt, gasBytes, logsSize, size };
  });
  const contentSize = sized.reduce((sum, { size }) => sum + rlpListSize(size), 0);
  const writer = new RlpWriter(rlpListSize(contentSize));
  writer.list(contentSize);
  for (const { receipt, gasBytes, logsSize, size } of sized) {
    writer.list(size);
    writer.byte(receipt.type);
    writer.byte(receipt.succeeded ? 1 : 0);
    writer.string(gasBytes);
    writer.hex(receipt.contractAddress ?? '0x');
    writeLogs(writer, receipt.logs, logsSize);
    if (receipt.stateRoot !== undefined) writer.hex(receipt.stateRoot);
  }
  return writer.bytes;
}

/**
 * The receipts that {@link encodeStoredReceipts} wrote.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`, `RECEIPT_MALFORMED`
 */
export function decodeStoredReceipts(bytes: Uint8Array): Receipt[] {
  let cumulativeGasUsed = 0n;
  const items = decodeRlp(bytes);
  if (!Array.isArray(items)) throw malformed('expected a list');
  return items.map((item) => {
    const fields = readFields(item, 'receipt');
    const type = readByte(fields, 'type', 4) as TransactionType;
    const succeeded = readByte(fields, 'succeeded', 1) === 1;
    const gasUsed = fields.bigint('gasUsed', 64);
    const contractAddress = fields.optionalAddress('contractAddress');
    const logs = fields.list('logs').map(readLog);
    const root = fields.remaining() > 0 ? { stateRoot: fields.hash('stateRoot') } : {};
    fields.end();
    cumulativeGasUsed += gasUsed;
    return {
      type,
      succeeded,
      gasUsed,
      cumulativeGasUsed,
      logs,
      logsBloom: bloomOfLogs(logs),
      contractAddress,
      ...root,
    };
  });
}

const BLOOM_SIZE = 256;
const NO_BLOOM_BYTES = new Uint8Array(BLOOM_SIZE);
/** The bloom of no logs, which most transactions have. */
const NO_BLOOM: Hex = bytesToHex(NO_BLOOM_BYTES);

/** The bloom of `logs`: three of 2048 bits for each address and topic (yellow paper 4.3.1). */
export function bloomOfLogs(logs: readonly Log[]): Hex {
  if (logs.length === 0) return NO_BLOOM;
  scratchBloom.fill(0);
  for (const log of logs) {
    addToBloom(scratchBloom, log.address);
    for (const topic of log.topics) addToBloom(scratchBloom, topic);
  }
  return `0x${scratchBloom.toString('hex')}`;
}

/** The union of `blooms`. */
export function uniteBlooms(blooms: readonly Hex[]): Hex {
  const united = new Uint32Array(BLOOM_SIZE / 4);
  const bloom = new Uint32Array(BLOOM_SIZE / 4);
  const bytes = Buffer.from(bloom.buffer);
  for (const hex of blooms) {
    if (hex === NO_BLOOM) continue;
    bytes.write(hex.slice(2), 'hex');
    for (let index = 0; index < united.length; index++) united[index] = (united[index] ?? 0) | (bloom[index] ?? 0);
  }
  return bytesToHex(new Uint8Array(united.buffer));
}

/** Whether `bloom` may hold `entry` (an address or a topic); false is certain. */
export function bloomMayHold(bloom: Uint8Array, entry: Uint8Array): boolean {
  const hash = keccak256(entry);
  for (let pair = 0; pair < 6; pair += 2) {
    const bit = bloomBit(hash, pair);
    if (((bloom[255 - (bit >> 3)] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Where the bits of entries that came lately stand in `bitTable`: tokens and events come again and again. */
const knownEntries = new Map<Hex, number>();
const MAX_KNOWN_ENTRIES = 8_192;
const BITS_PER_ENTRY = 3;
const bitTable = new Uint16Array(MAX_KNOWN_ENTRIES * BITS_PER_ENTRY);
const scratchBloom = Buffer.alloc(BLOOM_SIZE);

function addToBloom(bloom: Uint8Array, entry: Hex): void {
  const first = bitsOf(entry);
  for (let index = first; index < first + BITS_PER_ENTRY; index++) {
    const bit = bitTable[index] as number;
    const place = BLOOM_SIZE - 1 - (bit >> 3);
    bloom[place] = (bloom[place] as number) | (1 << (bit & 7));
  }
}

/** Index in `bitTable` of the entry's first bit. */
function bitsOf(entry: Hex): number {
  const known = knownEntries.get(entry);
  if (known !== undefined) return known;
  const hash = keccak256(hexToBytes(entry));
  if (knownEntries.size >= MAX_KNOWN_ENTRIES) knownEntries.clear();
  const first = knownEntries.size * BITS_PER_ENTRY;
  for (let index = 0; index < BITS_PER_ENTRY; index++) bitTable[first + index] = bloomBit(hash, 2 * index);
  knownEntries.set(entry, first);
  return first;
}

function bloomBit(hash: Uint8Array, pair: number): number {
  return (((hash[pair] as number) << 8) | (hash[pair + 1] as number)) & 2047;
}

function readLog(item: RlpItem): Log {
  const fields = readFields(item, 'log');
  const address = fields.address('address');
  const topics = fields.list('topics').map(readTopic);
  const data = fields.hex('data');
  fields.end();
  return { address, topics, data };
}

function readTopic(item: RlpItem): Hash {
  if (!(item instanceof Uint8Array) || item.length !== 32) throw malformed('a topic has not 32 bytes');
  return bytesToHex(item);
}

/** One byte, also for 0: the storage form writes it out. */
function readByte(fields: FieldReader, field: string, highest: number): number {
  const [value = 0] = fields.bytesOfSize(field, 1);
  if (value > highest) throw malformed(`${field} ${value} does not exist`);
  return value;
}

function malformed(what: string): HeddleError {
  return new HeddleError('RECEIPT_MALFORMED', `stored receipts: ${what}`);
}
