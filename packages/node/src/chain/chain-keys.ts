import type { AllocateRecord, KeyValueSource } from '@heddle/executor';
import { assert, type Hash, hexToBytes } from '@heddle/primitives';

// Keys of the chain store: one upper-case letter, then what it is about; numbers big-endian. Lower-case letters belong
// to the state (executor's state-keys.ts); both lie in one database, so that one batch writes a whole block.
//
//   'H'                       the head, see head-record.ts
//   'G'                       hash of the genesis block: which chain this is
//   'I'                       number of the last block that was imported
//   'D'  number 4             difficulty of an imported block and of all before it
//   'J'                       SHA-256 of the genesis.json that it was made of
//   'W'                       where validators went on from a block of others, see continuation-record.ts
//   'A'                       the era, see era-record.ts; none before the first rewind
//   'E'  number 4             header, see block-records.ts
//   'B'  number 4             the rest of the block
//   'N'  block hash 32        the block's number
//   'S'  number 4             senders of its transactions
//   'R'  number 4             its receipts
//   'C'  number 4             the certificate it was decided with
//   'T'  transaction hash 32  where the transaction stands
const LETTER = {
  head: 0x48,
  genesis: 0x47,
  genesisFile: 0x4a,
  continuation: 0x57,
  era: 0x41,
  imported: 0x49,
  totalDifficulty: 0x44,
  header: 0x45,
  body: 0x42,
  number: 0x4e,
  senders: 0x53,
  receipts: 0x52,
  certificate: 0x43,
  transaction: 0x54,
} as const;

const KINDS: ReadonlyMap<number, string> = new Map([
  [LETTER.header, 'headers'],
  [LETTER.body, 'bodies'],
  [LETTER.number, 'block hashes'],
  [LETTER.senders, 'senders'],
  [LETTER.receipts, 'receipts'],
  [LETTER.certificate, 'certificates'],
  [LETTER.transaction, 'transaction hashes'],
  [LETTER.totalDifficulty, 'total difficulties'],
]);

const MAX_NUMBER = 0xffff_ffff;

/** What the record at `key` is, in a word or two; undefined for one that is not of the chain, and for single ones. */
export function chainRecordKind(key: Uint8Array): string | undefined {
  return KINDS.get(key[0] ?? 0);
}

/** Of the head. */
export const HEAD_KEY: Uint8Array = Uint8Array.of(LETTER.head);
/** Of the hash of the genesis block. */
export const GENESIS_KEY: Uint8Array = Uint8Array.of(LETTER.genesis);

/** Of the digest of the genesis.json that the store was made of, or that was found to come to the same. */
export const GENESIS_FILE_KEY: Uint8Array = Uint8Array.of(LETTER.genesisFile);

/** Of where validators went on from a block of others. */
export const CONTINUATION_KEY: Uint8Array = Uint8Array.of(LETTER.continuation);

/** Of the era. */
export const ERA_KEY: Uint8Array = Uint8Array.of(LETTER.era);

/** Of the number of the last block that was imported. */
export const IMPORTED_KEY: Uint8Array = Uint8Array.of(LETTER.imported);

/** One of the records that a block has. */
export type BlockRecord = 'header' | 'body' | 'senders' | 'receipts' | 'certificate' | 'totalDifficulty';

/** Of one of a block's records. */
export function blockKey(record: BlockRecord, number: number): Uint8Array {
  const key = new Uint8Array(5);
  key[0] = LETTER[record];
  writeNumber(key, 1, number);
  return key;
}

/** One of the records of block `number`, which may be any number: clients and peers ask for what they like. */
export function readBlockRecord(source: KeyValueSource, record: BlockRecord, number: number): Uint8Array | undefined {
  return number >= 0 && number <= MAX_NUMBER ? source.getSync(blockKey(record, number)) : undefined;
}

/** Of the number of the block, or the place of the transaction, with this hash. */
export function hashKey(record: 'number' | 'transaction', hash: Hash): Uint8Array {
  const key = new Uint8Array(33);
  key[0] = LETTER[record];
  key.set(hexToBytes(hash), 1);
  return key;
}

/** Of the place of the transaction with this hash. */
export function transactionKey(hash: Uint8Array, allocate: AllocateRecord): Uint8Array {
  const key = allocate(33);
  key[0] = LETTER.transaction;
  key.set(hash, 1);
  return key;
}

/** `numbers` in 4 bytes each. */
export function encodeNumbers(...numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  numbers.forEach((number, index) => {
    writeNumber(bytes, index * 4, number);
  });
  return bytes;
}

/** The number at `index` of those that {@link encodeNumbers} wrote. */
export function decodeNumber(bytes: Uint8Array, index = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(index * 4);
}

/** Writes `number` in 4 bytes. */
export function writeNumber(target: Uint8Array, offset: number, number: number): void {
  const isNumber = Number.isInteger(number) && number >= 0 && number <= MAX_NUMBER;
  if (!isNumber) assert(false, `a number of 4 bytes, got ${number}`);
  for (let place = offset + 3, rest = number; place >= offset; place--, rest >>>= 8) target[place] = rest & 0xff;
}
