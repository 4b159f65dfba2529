// Codes: by hash for as long as they fit, whatever transaction asked for them first.
import { keccak256 } from "../keccak";
import { hasNoCode, loadAccount } from "./accounts";
import { CHUNK_HEADER, CHUNK_NEXT, chunkEnd, giveChunk, takeChunk } from "./chunks";
import { readCode, takeCode } from "./host";
import {
  ACCOUNT_CODE, ACCOUNT_CODE_HASH, CODE_BYTES, CODE_CACHED, CODE_HASH, CODE_MARGIN, CODE_RECORD_SIZE, CODE_SIZE,
  CODE_TABLE, SINK, workerArena,
} from "./layout";
import { hostFailed, outOfMemory } from "./run-state";
import { firstIndex, insert, nextIndex, recordAt, resetTable } from "./table";
import { copyWord, isEqual } from "./words/word";

/** When codes and their cells take so much, no more cells are made, and all are forgotten before the next transaction. */
const CACHE_LIMIT: usize = 64 << 20;
/** Of a cached code, before its record: its hash for the table. */
const ENTRY_HEADER: usize = 16;

let workerCodeChunk: usize = 0;
let workerCodeTop: usize = 0;
let workerCodeEnd: usize = 0;
let workerCodesSize: usize = 0;

/** Empties the cache if it has grown too large. Only between transactions. */
export function trimCodes(): void {
  if (workerCodesSize >= CACHE_LIMIT) resetCodes();
}

/** Empties the cache. */
export function resetCodes(): void {
  while (workerCodeChunk != 0) {
    const next: usize = load<u32>(workerCodeChunk, CHUNK_NEXT);
    giveChunk(workerCodeChunk);
    workerCodeChunk = next;
  }
  workerCodeTop = 0;
  workerCodeEnd = 0;
  workerCodesSize = 0;
  resetTable(workerArena + CODE_TABLE);
}

/** The Code record of an account, 0 where it has none. Loads the account. When the run becomes void it is 0 too. */
export function codeOf(account: usize): usize {
  loadAccount(account);
  const known: usize = load<u32>(account, ACCOUNT_CODE);
  if (known != 0) return load<u32>(known, CODE_SIZE) == 0 ? 0 : known;
  if (hasNoCode(account)) return 0;
  const code = codeByHash(account + ACCOUNT_CODE_HASH);
  store<u32>(account, u32(code), ACCOUNT_CODE);
  return code;
}

/** The Code record of a code that comes into being here: a copy of the `size` bytes at `bytes`. 0: the run is void. */
export function makeCode(bytes: usize, size: usize): usize {
  const hash = workerArena + SINK;
  keccak256(hash, bytes, size);
  const known = find(hash);
  if (known != 0) return known;
  const code = addCached(hash, size);
  if (code != 0) memory.copy(<usize>load<u32>(code, CODE_BYTES), bytes, size);
  return code;
}

/** Bytes that makeInitCode needs for init code of `size` bytes; a multiple of 16. */
@inline
export function initCodeRoom(size: usize): usize {
  return (roomFor(size) + targetsSize(size) + 15) & ~15; // below 2^32: memory ends at 2^31
}

/** A Code record at `place` for init code: a copy of the bytes, which nobody finds by its hash. */
export function makeInitCode(place: usize, bytes: usize, size: usize): usize {
  memory.fill(place, 0, CODE_RECORD_SIZE);
  layOut(place, size);
  if (size > 0) memory.copy(<usize>load<u32>(place, CODE_BYTES), bytes, size);
  return place;
}

/** `size` bytes for cells of a code, which live as long as the codes, not cleared. 0: it gets none. */
export function allocateCells(size: usize): usize {
  return workerCodesSize < CACHE_LIMIT ? tryAllocateCached(size) : 0;
}

/** Room for `code`'s jump targets, a bit for each byte, which lives as long as the code, not cleared. 0: the run is void. */
export function allocateTargets(code: usize): usize {
  const size: usize = load<u32>(code, CODE_SIZE);
  if (load<u32>(code, CODE_CACHED) != 0) return allocateCached(targetsSize(size));
  return <usize>load<u32>(code, CODE_BYTES) + size + CODE_MARGIN;
}

@inline
function targetsSize(size: usize): usize {
  return (size >> 3) + 1;
}

function codeByHash(hash: usize): usize {
  const known = find(hash);
  if (known != 0) return known;
  const size = readCode(hash);
  if (size < 0) {
    hostFailed();
    return 0;
  }
  const code = addCached(hash, usize(size));
  if (code != 0) takeCode(load<u32>(code, CODE_BYTES));
  return code;
}

function find(hash: usize): usize {
  const table = workerArena + CODE_TABLE;
  let index = firstIndex(table, load<u32>(hash));
  while (true) {
    const entry = recordAt(table, index);
    if (entry == 0) return 0;
    if (isEqual(entry + ENTRY_HEADER + CODE_HASH, hash)) return entry + ENTRY_HEADER;
    index = nextIndex(table, index);
  }
}

function addCached(hash: usize, size: usize): usize {
  const entry = allocateCached(ENTRY_HEADER + roomFor(size));
  if (entry == 0) return 0;
  store<u32>(entry, load<u32>(hash));
  const code = entry + ENTRY_HEADER;
  memory.fill(code, 0, CODE_RECORD_SIZE);
  copyWord(code + CODE_HASH, hash);
  store<u32>(code, 1, CODE_CACHED);
  layOut(code, size);
  insert(workerArena + CODE_TABLE, entry);
  return code;
}

/** Record, margin, bytes, margin. */
@inline
function roomFor(size: usize): usize {
  return CODE_RECORD_SIZE + CODE_MARGIN * 2 + size;
}

function layOut(code: usize, size: usize): void {
  const bytes = code + CODE_RECORD_SIZE + CODE_MARGIN;
  store<u32>(code, u32(bytes), CODE_BYTES);
  store<u32>(code, u32(size), CODE_SIZE);
  memory.fill(bytes - CODE_MARGIN, 0, CODE_MARGIN);
  memory.fill(bytes + size, 0, CODE_MARGIN);
}

function allocateCached(size: usize): usize {
  const bytes = tryAllocateCached(size);
  if (bytes == 0) outOfMemory();
  return bytes;
}

function tryAllocateCached(size: usize): usize {
  const rounded = (size + 15) & ~15;
  if (rounded > workerCodeEnd - workerCodeTop) {
    const chunk = takeChunk(rounded);
    if (chunk == 0) return 0;
    store<u32>(chunk, u32(workerCodeChunk), CHUNK_NEXT);
    workerCodeChunk = chunk;
    workerCodeTop = chunk + CHUNK_HEADER;
    workerCodeEnd = chunkEnd(chunk);
    workerCodesSize += workerCodeEnd - chunk;
  }
  const bytes = workerCodeTop;
  workerCodeTop = bytes + rounded;
  return bytes;
}
