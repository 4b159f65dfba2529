import { type Address, EMPTY_BYTES, EMPTY_CODE_HASH, type Hash } from '@heddle/primitives';
import { decodeAccountRecord, type RecordedAccount } from './account-record.ts';
import type { KeyValueSource } from './database.ts';
import { decodeSlotValue } from './slot-value.ts';
import type { StateReader } from './state-diff.ts';
import { codeMissing } from './state-errors.ts';
import { accountKey, codeKey, slotKey } from './state-keys.ts';

/** A reader whose accounts come with their slot count (0: the account has no storage, EIP-7610). */
export interface StoreReader extends StateReader {
  account(address: Address): RecordedAccount | undefined;
}

/** The state at the head of `source`: of the moment for a database, of one head for a snapshot. */
export function headState(source: KeyValueSource): StoreReader {
  return {
    account(address) {
      const record = source.getSync(accountKey(address));
      return record && decodeAccountRecord(record);
    },
    slot: (address, incarnation, slot) => decodeSlotValue(source.getSync(slotKey(address, incarnation, slot))),
    code: (codeHash) => readCode(source, codeHash),
  };
}

/**
 * The code with this hash; no bytes for the empty hash.
 *
 * @throws HeddleError `STATE_CODE_MISSING`
 */
export function readCode(source: KeyValueSource, codeHash: Hash): Uint8Array {
  if (codeHash === EMPTY_CODE_HASH) return EMPTY_BYTES;
  const code = source.getSync(codeKey(codeHash));
  if (code === undefined) throw codeMissing(codeHash);
  return code;
}
