import type { StateReader, StoredAccount } from '@heddle/executor';
import type { Address, Hash } from '@heddle/primitives';

/**
 * `reader`, asked once for each value: a state of maps asks for an account again at each of its slots, and an answer may be
 * looked for in a witness's tries. Runs that share one have in memory what the first of them read, as workers do.
 */
export function cachedReader(reader: StateReader): StateReader {
  const accounts = new Map<Address, StoredAccount | undefined>();
  const slots = new Map<string, Uint8Array>();
  const codes = new Map<Hash, Uint8Array>();
  return {
    account(address) {
      if (!accounts.has(address)) accounts.set(address, reader.account(address));
      return accounts.get(address);
    },
    slot: (address, incarnation, slot) =>
      remembered(slots, `${address}${incarnation}${slot}`, () => reader.slot(address, incarnation, slot)),
    code: (codeHash) => remembered(codes, codeHash, () => reader.code(codeHash)),
  };
}

function remembered<K, V>(values: Map<K, V>, key: K, read: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = read();
  values.set(key, value);
  return value;
}
