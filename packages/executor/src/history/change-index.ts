import { assert, bytesToHex } from '@heddle/primitives';
import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { historyDamaged } from '../state/state-errors.ts';
import { fullChunkKey, lastChunkKey } from '../state/state-keys.ts';

// Which blocks changed a location: their numbers in ascending order, cut into chunks of CHUNK_SIZE. Full chunks are
// records of their own and never change again; the last one, which still grows, has a key without a number, so that a
// change costs one read and one write, and a question about recent blocks one read.
//
//   last chunk: how many full chunks there are 4 | block number 4, …      full chunk: block number 4, …

/** Block numbers per chunk. */
export const CHUNK_SIZE = 64;
const NUMBER_SIZE = 4;

/** The operations that note that block `blockNumber`, later than all noted, changed `location`. */
export function indexChange(source: KeyValueSource, location: Uint8Array, blockNumber: number): BatchOperation[] {
  const key = lastChunkKey(location);
  const last = source.getSync(key);
  if (last === undefined) return [{ type: 'put', key, value: lastChunk(0, [], blockNumber) }];
  const { fullCount, numbers } = decodeLastChunk(last);
  assert((numbers.at(-1) ?? 0) < blockNumber, 'changes are noted in the order of their blocks');
  if (numbers.length < CHUNK_SIZE) return [{ type: 'put', key, value: lastChunk(fullCount, numbers, blockNumber) }];
  return [
    { type: 'put', key: fullChunkKey(location, fullCount), value: encodeNumbers(numbers) },
    { type: 'put', key, value: lastChunk(fullCount + 1, [], blockNumber) },
  ];
}

/**
 * The first block above `blockNumber` that changed `location`. Reads log2(changes / CHUNK_SIZE) records at most.
 *
 * @throws HeddleError `STATE_HISTORY_DAMAGED`
 */
export function firstChangeAfter(
  source: KeyValueSource,
  location: Uint8Array,
  blockNumber: number,
): number | undefined {
  const last = source.getSync(lastChunkKey(location));
  if (last === undefined) return undefined;
  const { fullCount, numbers } = decodeLastChunk(last);
  const isAbove = (number: number) => number > blockNumber;
  let found = numbers.find(isAbove);
  let [low, high] = [0, found === numbers[0] ? fullCount : 0]; // full chunks that may hold an earlier one
  while (low < high) {
    const middle = (low + high) >> 1;
    const chunk = source.getSync(fullChunkKey(location, middle));
    if (chunk === undefined)
      throw historyDamaged(`chunk ${middle} of the changes of ${bytesToHex(location)} is missing`);
    const first = decodeNumbers(chunk).find(isAbove);
    if (first === undefined) low = middle + 1;
    else [found, high] = [first, middle];
  }
  return found;
}

function lastChunk(fullCount: number, numbers: readonly number[], added: number): Uint8Array {
  return encodeNumbers([fullCount, ...numbers, added]);
}

function decodeLastChunk(record: Uint8Array): { fullCount: number; numbers: number[] } {
  const [fullCount = 0, ...numbers] = decodeNumbers(record);
  return { fullCount, numbers };
}

function encodeNumbers(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * NUMBER_SIZE);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, index) => {
    view.setUint32(index * NUMBER_SIZE, number);
  });
  return bytes;
}

function decodeNumbers(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / NUMBER_SIZE }, (_, index) => view.getUint32(index * NUMBER_SIZE));
}
