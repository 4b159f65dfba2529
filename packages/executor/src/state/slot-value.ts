import { type AllocateRecord, allocateAlone } from './record-memory.ts';

const SLOT_SIZE = 32;

/** A slot's record: its 32 bytes without leading zeros; undefined, which is no record, for zero. */
export function encodeSlotValue(value: Uint8Array, allocate: AllocateRecord = allocateAlone): Uint8Array | undefined {
  const size = value.length;
  let start = 0;
  while (start < size && value[start] === 0) start++;
  if (start === size) return undefined;
  const record = allocate(size - start);
  for (let place = start; place < size; place++) record[place - start] = value[place] ?? 0;
  return record;
}

/** The slot's 32 bytes from its record, which has no leading zeros; zeros when there is none. */
export function decodeSlotValue(record: Uint8Array | undefined): Uint8Array {
  const value = new Uint8Array(SLOT_SIZE);
  if (record !== undefined) value.set(record, SLOT_SIZE - record.length);
  return value;
}
