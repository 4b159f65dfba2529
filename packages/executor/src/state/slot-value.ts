import { trimBytes } from '@heddle/primitives';

const SLOT_SIZE = 32;

/** A slot's record: its 32 bytes without leading zeros; undefined, which is no record, for zero. */
export function encodeSlotValue(value: Uint8Array): Uint8Array | undefined {
  const trimmed = trimBytes(value);
  return trimmed.length === 0 ? undefined : trimmed;
}

/** The slot's 32 bytes from its record, which has no leading zeros; zeros when there is none. */
export function decodeSlotValue(record: Uint8Array | undefined): Uint8Array {
  const value = new Uint8Array(SLOT_SIZE);
  if (record !== undefined) value.set(record, SLOT_SIZE - record.length);
  return value;
}
