// Open-addressed tables of records, whose first field is their hash. Header: 0 entries | 4 mask | 8 count | 12 chunk.
import { CHUNK_HEADER, giveChunk, takeChunk } from "./chunks";
import { TABLE_FIRST_ENTRIES, TABLE_SIZE } from "./layout";
import { outOfMemory } from "./run-state";

const ENTRIES: usize = 0;
const MASK: usize = 4;
const COUNT: usize = 8;
const CHUNK: usize = 12;

/** Makes `table` empty, with its first room. */
export function resetTable(table: usize): void {
  const chunk: usize = load<u32>(table, CHUNK);
  if (chunk != 0) giveChunk(chunk);
  store<u32>(table, u32(table + TABLE_SIZE), ENTRIES);
  store<u32>(table, u32(TABLE_FIRST_ENTRIES - 1), MASK);
  store<u32>(table, 0, COUNT);
  store<u32>(table, 0, CHUNK);
  memory.fill(table + TABLE_SIZE, 0, 4 * TABLE_FIRST_ENTRIES);
}

/** The entry where the search for `hash` begins; see recordAt and nextIndex. */
@inline
export function firstIndex(table: usize, hash: u32): u32 {
  return hash & load<u32>(table, MASK);
}

@inline
export function nextIndex(table: usize, index: u32): u32 {
  return (index + 1) & load<u32>(table, MASK);
}

/** The record at `index`, 0 where a search ends. */
@inline
export function recordAt(table: usize, index: u32): usize {
  return load<u32>(<usize>load<u32>(table, ENTRIES) + (usize(index) << 2));
}

/** Adds `record`, whose hash is set and which is not in it. */
export function insert(table: usize, record: usize): void {
  const count = load<u32>(table, COUNT) + 1;
  if (count * 2 > load<u32>(table, MASK) && !grow(table)) return outOfMemory();
  store<u32>(table, count, COUNT);
  place(load<u32>(table, ENTRIES), load<u32>(table, MASK), record);
}

function grow(table: usize): bool {
  const oldEntries: usize = load<u32>(table, ENTRIES);
  const oldCount: usize = usize(load<u32>(table, MASK)) + 1;
  const oldChunk: usize = load<u32>(table, CHUNK);
  const chunk = takeChunk(oldCount * 16);
  if (chunk == 0) return false;
  const entries = chunk + CHUNK_HEADER;
  const mask = u32(oldCount * 4 - 1);
  memory.fill(entries, 0, oldCount * 16);
  for (let index: usize = 0; index < oldCount; index++) {
    const record: usize = load<u32>(oldEntries + (index << 2));
    if (record != 0) place(entries, mask, record);
  }
  store<u32>(table, u32(entries), ENTRIES);
  store<u32>(table, mask, MASK);
  store<u32>(table, u32(chunk), CHUNK);
  if (oldChunk != 0) giveChunk(oldChunk);
  return true;
}

function place(entries: usize, mask: u32, record: usize): void {
  let index = load<u32>(record) & mask;
  while (load<u32>(entries + (usize(index) << 2)) != 0) index = (index + 1) & mask;
  store<u32>(entries + (usize(index) << 2), u32(record));
}
