import { assert, bytesToHex } from '@heddle/primitives';
import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { type AllocateRecord, allocateAlone } from '../state/record-memory.ts';
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
export function indexChange(
  source: KeyValueSource,
  location: Uint8Array,
  blockNumber: number,
  allocate: AllocateRecord = allocateAlone,
): BatchOperation[] {
  const key = lastChunkKey(location, allocate);
  const last = source.getSync(key);
  if (last === undefined) return [{ type: 'put', key, value: chunkOf(0, blockNumber, allocate) }];
  assert(numberAt(last, last.length - NUMBER_SIZE) < blockNumber, 'changes are noted in the order of their blocks');
  if (last.length <= CHUNK_SIZE * NUMBER_SIZE) {
    const value = allocate(last.length + NUMBER_SIZE);
    value.set(last);
    putNumber(value, last.length, blockNumber);
    return [{ type: 'put', key, value }];
  }
  const fullCount = numberAt(last, 0);
  return [
    { type: 'put', key: fullChunkKey(location, fullCount), value: last.subarray(NUMBER_SIZE) },
    { type: 'put', key, value: chunkOf(fullCount + 1, blockNumber, allocate) },
  ];
}

/** A last chunk with one change in it. */
function chunkOf(fullCount: number, blockNumber: number, allocate: AllocateRecord): Uint8Array {
  const chunk = allocate(2 * NUMBER_SIZE);
  putNumber(chunk, 0, fullCount);
  putNumber(chunk, NUMBER_SIZE, blockNumber);
  return chunk;
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
  const full = { count: fullCount, isPruned: true, end: numbers[0] ?? 0 };
  const found = searchFullChunks(source, location, full, blockNumber - 1);
  const isLastOfChunk = found !== undefined && lastOf(found.numbers) === blockNumber;
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
 * The first block above `blockNumber` that changed `location`. Reads one or two full chunks where changes come evenly, and
 * no more than three times log2 of all of them otherwise. `isPruned`: the oldest changes may be gone, up to `blockNumber`
 * at most.
 *
 * @throws HeddleError `STATE_HISTORY_DAMAGED`
 */
export function firstChangeAfter(
  source: KeyValueSource,
  location: Uint8Array,
  blockNumber: number,
  isPruned: boolean,
): number | undefined {
  const record = source.getSync(lastChunkKey(location));
  if (record === undefined) return undefined;
  const last = viewOf(record);
  const oldestInLast = last.getUint32(NUMBER_SIZE);
  const count = last.getUint32(0);
  if (blockNumber < oldestInLast && count > 0) {
    const full = searchFullChunks(source, location, { count, isPruned, end: oldestInLast }, blockNumber);
    if (full) return firstAbove(full.numbers, blockNumber, 0);
  }
  return firstAbove(last, blockNumber, NUMBER_SIZE);
}

/** The full chunks of a location. */
interface FullChunks {
  readonly count: number;
  /** The oldest may be gone. */
  readonly isPruned: boolean;
  /** The number that follows after theirs. */
  readonly end: number;
}

/** The first of them with a number above `above`. Guesses twice as if changes came evenly, then in the middle. */
function searchFullChunks(
  source: KeyValueSource,
  location: Uint8Array,
  { count, isPruned, end }: FullChunks,
  above: number,
): { readonly chunkNumber: number; readonly numbers: DataView } | undefined {
  let found: { chunkNumber: number; numbers: DataView } | undefined;
  let [low, high] = [0, count];
  let [lastBelow, firstBehind] = [0, end]; // lastBelow <= above < firstBehind
  for (let turn = 0; low < high; turn++) {
    const share = turn % 3 < 2 ? (above + 1 - lastBelow) / (firstBehind - lastBelow) : 0.5;
    const chunkNumber = Math.min(high - 1, low + Math.floor(share * (high - low)));
    const chunk = source.getSync(fullChunkKey(location, chunkNumber));
    if (chunk === undefined && !isPruned) {
      throw historyDamaged(`chunk ${chunkNumber} of the changes of ${bytesToHex(location)} is missing`);
    }
    const numbers = chunk && viewOf(chunk);
    if (numbers === undefined || lastOf(numbers) <= above) {
      low = chunkNumber + 1;
      lastBelow = numbers ? lastOf(numbers) : lastBelow;
      continue;
    }
    found = { chunkNumber, numbers };
    if (numbers.getUint32(0) <= above + 1) break; // none before it can have one
    high = chunkNumber;
    firstBehind = numbers.getUint32(0);
  }
  return found;
}

/** The first number above `above` in the view from `offset` on. */
function firstAbove(numbers: DataView, above: number, offset: number): number | undefined {
  for (let at = offset; at < numbers.byteLength; at += NUMBER_SIZE) {
    const number = numbers.getUint32(at);
    if (number > above) return number;
  }
  return undefined;
}

function lastOf(numbers: DataView): number {
  return numbers.getUint32(numbers.byteLength - NUMBER_SIZE);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** As a view of the bytes would say, which would take longer to make than this. */
function numberAt(bytes: Uint8Array, place: number): number {
  let number = 0;
  for (let at = place; at < place + NUMBER_SIZE; at++) number = number * 0x100 + (bytes[at] ?? 0);
  return number;
}

function putNumber(bytes: Uint8Array, place: number, number: number): void {
  bytes[place] = number >>> 24;
  bytes[place + 1] = (number >>> 16) & 0xff;
  bytes[place + 2] = (number >>> 8) & 0xff;
  bytes[place + 3] = number & 0xff;
}

function decodeLastChunk(record: Uint8Array): { fullCount: number; numbers: number[] } {
  const [fullCount = 0, ...numbers] = decodeNumbers(record);
  return { fullCount, numbers };
}

function encodeNumbers(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * NUMBER_SIZE);
  const view = viewOf(bytes);
  numbers.forEach((number, index) => {
    view.setUint32(index * NUMBER_SIZE, number);
  });
  return bytes;
}

function decodeNumbers(bytes: Uint8Array): number[] {
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length / NUMBER_SIZE }, (_, index) => view.getUint32(index * NUMBER_SIZE));
}
