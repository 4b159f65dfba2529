import { assert, bytesToHex } from '@heddle/primitives';
import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { historyDamaged } from '../state/state-errors.ts';
import { fullChunkKey, lastChunkKey } from '../state/state-keys.ts';

// Which blocks changed a location: their numbers in ascending order, cut into chunks of CHUNK_SIZE. Full chunks are
// records of their own and never change again; the last one, which still grows, has a key without a number, so that a
// change costs one read and one write, and a question about recent blocks one read.
//
//   last chunk: how many full chunks there are 4 | block number 4, …      full chunk: block number 4, …
//
// Pruning removes a chunk once its last change is forgotten, the oldest chunk first; numbers in a chunk that stays may be
// of changes that are gone.

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
 * The operations that forget that block `blockNumber` changed `location`: the oldest change that is noted, and one that
 * no question is about any more.
 */
export function forgetChange(source: KeyValueSource, location: Uint8Array, blockNumber: number): BatchOperation[] {
  const key = lastChunkKey(location);
  const last = source.getSync(key);
  if (last === undefined) return [];
  const { fullCount, numbers } = decodeLastChunk(last);
  if (numbers.at(-1) === blockNumber) return [{ type: 'del', key }];
  if (fullCount === 0 || blockNumber >= (numbers[0] ?? 0)) return [];
  const found = searchFullChunks(source, location, { fullCount, isPruned: true }, (number) => number >= blockNumber);
  const isLastOfChunk = found !== undefined && found.numbers.at(-1) === blockNumber;
  return isLastOfChunk ? [{ type: 'del', key: fullChunkKey(location, found.chunkNumber) }] : [];
}

/** The operations that take back that block `blockNumber`, the last that is noted, changed `location`. */
export function undoChange(source: KeyValueSource, location: Uint8Array, blockNumber: number): BatchOperation[] {
  const key = lastChunkKey(location);
  const last = source.getSync(key);
  const { fullCount, numbers } = last === undefined ? { fullCount: 0, numbers: [] } : decodeLastChunk(last);
  if (numbers.pop() !== blockNumber) {
    throw historyDamaged(`block ${blockNumber} is not the last change of ${bytesToHex(location)}`);
  }
  if (numbers.length > 0) return [{ type: 'put', key, value: encodeNumbers([fullCount, ...numbers]) }];
  const fullKey = fullCount > 0 ? fullChunkKey(location, fullCount - 1) : undefined;
  const full = fullKey && source.getSync(fullKey);
  if (fullKey === undefined || full === undefined) return [{ type: 'del', key }]; // none before, or pruned
  return [
    { type: 'del', key: fullKey },
    { type: 'put', key, value: encodeNumbers([fullCount - 1, ...decodeNumbers(full)]) },
  ];
}

/**
 * The first block above `blockNumber` that changed `location`. Reads log2(changes / CHUNK_SIZE) records at most.
 * `isPruned`: the oldest changes may be gone, up to `blockNumber` at most.
 *
 * @throws HeddleError `STATE_HISTORY_DAMAGED`
 */
export function firstChangeAfter(
  source: KeyValueSource,
  location: Uint8Array,
  blockNumber: number,
  isPruned: boolean,
): number | undefined {
  const last = source.getSync(lastChunkKey(location));
  if (last === undefined) return undefined;
  const { fullCount, numbers } = decodeLastChunk(last);
  const isAbove = (number: number) => number > blockNumber;
  const inLast = numbers.find(isAbove);
  if (inLast !== numbers[0]) return inLast;
  const earlier = searchFullChunks(source, location, { fullCount, isPruned }, isAbove);
  return earlier?.numbers.find(isAbove) ?? inLast;
}

/** The first full chunk of which `isWanted` is true for some number; it is for all that follow then. */
function searchFullChunks(
  source: KeyValueSource,
  location: Uint8Array,
  { fullCount, isPruned }: { readonly fullCount: number; readonly isPruned: boolean },
  isWanted: (number: number) => boolean,
): { readonly chunkNumber: number; readonly numbers: readonly number[] } | undefined {
  let found: { chunkNumber: number; numbers: number[] } | undefined;
  let [low, high] = [0, fullCount];
  while (low < high) {
    const middle = (low + high) >> 1;
    const chunk = source.getSync(fullChunkKey(location, middle));
    if (chunk === undefined && !isPruned) {
      throw historyDamaged(`chunk ${middle} of the changes of ${bytesToHex(location)} is missing`);
    }
    const numbers = chunk === undefined ? [] : decodeNumbers(chunk);
    if (numbers.some(isWanted)) {
      found = { chunkNumber: middle, numbers };
      high = middle;
    } else low = middle + 1;
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
