// The records that a root writes and those that go. A later one of the same key counts.
import { workerIndex } from "../worker";
import { allocateInJob } from "./arena";
import {
  CHUNK_NEXT, CHUNK_RECORDS, CHUNK_USED, OUTPUT_CHUNK_SIZE, OUTPUT_KEY, OUTPUT_KEY_SIZE, OUTPUTS, RECORD_GOES,
} from "./layout";
import { writeKey } from "./workspace";

/** A key with prefix, and what stands before it. */
const MAX_RECORD_HEAD: usize = 128;

/** The chunk that this worker writes to. */
let workerChunk: usize = 0;
let workerChunkEnd: usize = 0;
/** The record that is being written, and where its value goes. */
let workerRecord: usize = 0;

/** Forgets the output of the last job. */
export function resetOutput(): void {
  workerChunk = 0;
  workerChunkEnd = 0;
  store<u32>(outputsOf(workerIndex), 0);
}

/** Where the first chunk of worker `index` stands. */
export function outputsOf(index: u32): usize {
  return OUTPUTS + (usize(index) << 2);
}

/** Begins the record at the first `nibbles` of `path`; returns where its value of at most `capacity` bytes goes. */
export function beginRecord(path: usize, nibbles: u32, capacity: u32): usize {
  const needed = MAX_RECORD_HEAD + capacity;
  if (workerChunk == 0 || recordsEnd() + needed > workerChunkEnd) addChunk(needed);
  workerRecord = recordsEnd();
  const keySize = writeKey(workerRecord + OUTPUT_KEY, path, nibbles);
  store<u32>(workerRecord, keySize, OUTPUT_KEY_SIZE);
  return workerRecord + OUTPUT_KEY + keySize;
}

/** Ends the record with a value of `size` bytes. */
export function endRecord(size: u32): void {
  store<u32>(workerRecord, size);
  const end = workerRecord + OUTPUT_KEY + load<u32>(workerRecord, OUTPUT_KEY_SIZE) + size;
  store<u32>(workerChunk, u32(end - workerChunk - CHUNK_RECORDS), CHUNK_USED);
}

/** The record at the first `nibbles` of `path` goes. */
export function removeRecord(path: usize, nibbles: u32): void {
  beginRecord(path, nibbles, 0);
  endRecord(0);
  store<u32>(workerRecord, RECORD_GOES);
}

@inline
function recordsEnd(): usize {
  return workerChunk + CHUNK_RECORDS + load<u32>(workerChunk, CHUNK_USED);
}

function addChunk(needed: usize): void {
  const size = CHUNK_RECORDS + needed > OUTPUT_CHUNK_SIZE ? CHUNK_RECORDS + needed : OUTPUT_CHUNK_SIZE;
  const chunk = allocateInJob(size);
  store<u32>(chunk, 0, CHUNK_NEXT);
  store<u32>(chunk, 0, CHUNK_USED);
  if (workerChunk == 0) store<u32>(outputsOf(workerIndex), u32(chunk));
  else store<u32>(workerChunk, u32(chunk), CHUNK_NEXT);
  workerChunk = chunk;
  workerChunkEnd = chunk + size;
}
