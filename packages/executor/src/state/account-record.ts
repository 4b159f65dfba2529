import { assert, bytesToBigInt, bytesToHex, EMPTY_CODE_HASH, writeHex } from '@heddle/primitives';
import { type AllocateRecord, allocateAlone } from './record-memory.ts';
import type { StoredAccount } from './state-diff.ts';

/** An account with its slot count known, as records hold it. */
export type RecordedAccount = StoredAccount & { readonly slotCount: number };

// nonce size 1 | nonce | balance size 1 | balance | incarnation size 1 | incarnation | slot count size 1 | slot count
// | code hash 32, or nothing when the account has no code. Numbers big-endian without leading zeros: an account that
// only holds ether takes about 15 bytes.

const LIMIT_64 = 1n << 64n;
/** Where a record is put together, and the number that comes next: nothing lasts in either. */
const draft = new Uint8Array(4 * 33 + 32);
const word = new Uint8Array(32);
const wordView = new DataView(word.buffer);

/** The account's record. */
export function encodeAccountRecord(
  { nonce, balance, incarnation, slotCount, codeHash }: RecordedAccount,
  allocate: AllocateRecord = allocateAlone,
): Uint8Array {
  let end = appendBigInt(0, nonce);
  end = appendBigInt(end, balance);
  end = appendNumber(end, incarnation);
  end = appendNumber(end, slotCount);
  if (codeHash !== EMPTY_CODE_HASH) end = writeHex(draft, end, codeHash);
  const record = allocate(end);
  for (let place = 0; place < end; place++) record[place] = draft[place] ?? 0; // so few that a loop is the fastest
  return record;
}

/** Appends `value`, a safe integer, with its size to the draft; the new end. */
function appendNumber(start: number, value: number): number {
  let size = 0;
  for (let rest = value; rest >= 1; rest /= 0x100) size++;
  draft[start] = size;
  const end = start + 1 + size;
  for (let place = end - 1, rest = value; place > start; place--, rest = Math.floor(rest / 0x100)) {
    draft[place] = rest % 0x100;
  }
  return end;
}

/** Appends `value`, below 2^256, with its size to the draft; the new end. */
function appendBigInt(end: number, value: bigint): number {
  const isShort = value < LIMIT_64;
  if (!isShort) for (let at = 0; at < 24; at += 8) wordView.setBigUint64(at, value >> BigInt(192 - 8 * at));
  wordView.setBigUint64(24, value);
  let first = isShort ? 24 : 0;
  while (first < 32 && word[first] === 0) first++;
  draft[end] = 32 - first;
  let place = end + 1;
  for (; first < 32; first++, place++) draft[place] = word[first] ?? 0;
  return place;
}

/** The account in a record that {@link encodeAccountRecord} wrote. */
export function decodeAccountRecord(record: Uint8Array): RecordedAccount {
  let offset = 0;
  const next = (): bigint => {
    const size = record[offset] ?? 0;
    const start = offset + 1;
    offset = start + size;
    return bytesToBigInt(record.subarray(start, offset));
  };
  const nonce = next();
  const balance = next();
  const incarnation = Number(next());
  const slotCount = Number(next());
  const rest = record.length - offset;
  assert(rest === 0 || rest === 32, 'an account record ends with nothing or a code hash');
  const codeHash = rest === 0 ? EMPTY_CODE_HASH : bytesToHex(record.subarray(offset));
  return { nonce, balance, codeHash, incarnation, slotCount };
}
