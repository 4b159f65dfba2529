import { type Address, type GenesisAccount, type Hash, ZERO_HASH } from '@heddle/primitives';
import { asAddress, JsonField } from '../files/json-field.ts';

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT256 = (1n << 256n) - 1n;

/**
 * The accounts of a genesis.json's `alloc`, in its order.
 *
 * @throws HeddleError `FILE_MALFORMED`
 */
export function readAlloc(alloc: JsonField): GenesisAccount[] {
  if (alloc.isAbsent) return [];
  const byAddress = new Map<Address, GenesisAccount>();
  for (const [key, field] of alloc.fields()) {
    const account = readAccount(key, field);
    if (byAddress.has(account.address)) throw field.malformed('each address once');
    byAddress.set(account.address, account);
  }
  return [...byAddress.values()];
}

/** Whether there is nothing but an address. */
export function isEmpty({ balance, nonce, code }: GenesisAccount): boolean {
  return balance === 0n && nonce === 0n && code.length === 0;
}

/** The account that stands under `key` in an alloc. @throws HeddleError `FILE_MALFORMED` */
export function readAccount(key: string, field: JsonField): GenesisAccount {
  const address = asAddress(key);
  if (!address) throw field.malformed('an address as the key: 0x and 40 hexadecimal digits');
  field.onlyKnown(['balance', 'nonce', 'code', 'storage']);
  const balance = field.field('balance');
  const nonce = field.field('nonce');
  const code = field.field('code');
  return {
    address,
    balance: balance.isAbsent ? 0n : balance.integer(0n, MAX_UINT256),
    nonce: nonce.isAbsent ? 0n : nonce.integer(0n, MAX_UINT64),
    code: code.isAbsent ? new Uint8Array(0) : code.bytes(),
    storage: readStorage(field.field('storage')),
  };
}

function readStorage(field: JsonField): Map<Hash, Hash> {
  const storage = new Map<Hash, Hash>();
  if (field.isAbsent) return storage;
  for (const [key, value] of field.fields()) {
    const slot = new JsonField(field.file, `${field.path} (a key)`, key).word();
    if (storage.has(slot)) throw value.malformed('each slot once');
    const word = value.word();
    if (word !== ZERO_HASH) storage.set(slot, word);
  }
  return storage;
}
