import type { StateReader } from '@heddle/executor';
import { bytesToHex, EMPTY_CODE_HASH, type GenesisAccount, keccak256Hex } from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';
import { readAlloc } from '../genesis/read-alloc.ts';

/** Differences that are told; the rest are counted. */
const TOLD = 8;

/**
 * Where `actual` parts from the accounts that `expected` lists, in words; undefined where nothing does, or where the file
 * lists none. An account that is there and should not be is not found: its root differs all the same.
 */
export function stateDifference(expected: JsonField, actual: StateReader): string | undefined {
  const found = readAlloc(expected).flatMap((account) => accountDifferences(account, actual));
  if (found.length === 0) return undefined;
  const more = found.length > TOLD ? [`and ${found.length - TOLD} more`] : [];
  return [...found.slice(0, TOLD), ...more].join('; ');
}

function accountDifferences(expected: GenesisAccount, state: StateReader): string[] {
  const { address } = expected;
  const account = state.account(address);
  if (account === undefined) return [`${address} is not there`];
  const codeHash = expected.code.length === 0 ? EMPTY_CODE_HASH : keccak256Hex(expected.code);
  const fields: (readonly [string, unknown, unknown])[] = [
    ['nonce', account.nonce, expected.nonce],
    ['balance', account.balance, expected.balance],
    ['code hash', account.codeHash, codeHash],
    ['number of slots', account.slotCount, expected.storage.size],
    ...[...expected.storage].map(
      ([slot, value]) => [`slot ${slot}`, bytesToHex(state.slot(address, account.incarnation, slot)), value] as const,
    ),
  ];
  return fields
    .filter(([, have, want]) => have !== want)
    .map(([what, have, want]) => `${address} ${what} ${have} instead of ${want}`);
}
