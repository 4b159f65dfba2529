import { assert, bytesToBigInt, bytesToHex, EMPTY_CODE_HASH, hexToBytes } from '@heddle/primitives';
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
export function encodeAccountRecord(account: RecordedAccount): Uint8Array {
  let end = appendNumber(0, account.nonce);
  end = appendNumber(end, account.balance);
  end = appendNumber(end, BigInt(account.incarnation));
  end = appendNumber(end, BigInt(account.slotCount));
  if (account.codeHash !== EMPTY_CODE_HASH) {
    draft.set(hexToBytes(account.codeHash), end);
    end += 32;
  }
  return draft.slice(0, end);
}

/** Appends `value`, below 2^256, with its size to the draft; the new end. */
function appendNumber(end: number, value: bigint): number {
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
