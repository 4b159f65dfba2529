import {
  assert,
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  EMPTY_BYTES,
  EMPTY_CODE_HASH,
  hexToBytes,
} from '@heddle/primitives';
import type { StoredAccount } from './state-diff.ts';

/** An account with its slot count known, as records hold it. */
export type RecordedAccount = StoredAccount & { readonly slotCount: number };

// nonce size 1 | nonce | balance size 1 | balance | incarnation size 1 | incarnation | slot count size 1 | slot count
// | code hash 32, or nothing when the account has no code. Numbers big-endian without leading zeros: an account that
// only holds ether takes about 15 bytes.

/** The account's record. */
export function encodeAccountRecord(account: RecordedAccount): Uint8Array {
  return concatBytes(
    ...sized(account.nonce),
    ...sized(account.balance),
    ...sized(BigInt(account.incarnation)),
    ...sized(BigInt(account.slotCount)),
    account.codeHash === EMPTY_CODE_HASH ? EMPTY_BYTES : hexToBytes(account.codeHash),
  );
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

function sized(value: bigint): [Uint8Array, Uint8Array] {
  const bytes = bigIntToBytes(value);
  return [Uint8Array.of(bytes.length), bytes];
}
