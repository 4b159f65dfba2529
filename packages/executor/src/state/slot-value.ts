import type { AllocateRecord } from './record-memory.ts';

const SLOT_SIZE = 32;

/** A slot's record: its 32 bytes, at `at` of `bytes`, without leading zeros; undefined, which is no record, for zero. */
export function encodeSlotValue(bytes: Uint8Array, at: number, allocate: AllocateRecord): Uint8Array | undefined {
  const end = at + SLOT_SIZE;
  let start = at;
  while (start < end && bytes[start] === 0) start++;
  if (start === end) return undefined;
  const record = allocate(end - start);
  for (let place = start; place < end; place++) record[place - start] = bytes[place] ?? 0;
  return record;
}

/** The slot's 32 bytes from its record, which has no leading zeros; zeros when there is none. */
export function decodeSlotValue(record: Uint8Array | undefined): Uint8Array {
  const value = new Uint8Array(SLOT_SIZE);
  if (record !== undefined) value.set(record, SLOT_SIZE - record.length);
  return value;
}
