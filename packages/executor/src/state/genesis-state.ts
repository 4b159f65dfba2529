import { EMPTY_CODE_HASH, type GenesisAccount, type Hash, hexToBytes, keccak256Hex } from '@heddle/primitives';
import { firstStateTrie } from '../trie/state-trie.ts';
import type { BatchOperation, KeyValueSource } from './database.ts';
import type { AccountChange, SlotChange, StateDiff } from './state-diff.ts';
import { flatStateOperations } from './state-operations.ts';

const NO_STATE: KeyValueSource = { getSync: () => undefined };
const ZERO_VALUE = new Uint8Array(32);

/** The root of the genesis state, and the operations that put it into an empty store. */
export function genesisOperations(alloc: readonly GenesisAccount[]): { stateRoot: Hash; operations: BatchOperation[] } {
  const diff = genesisDiff(alloc);
  const { stateRoot, operations } = firstStateTrie(diff);
  return { stateRoot, operations: [...flatStateOperations(NO_STATE, diff), ...operations] };
}

/** As geth: an account without anything still stands in the trie when the alloc names it. */
function genesisDiff(alloc: readonly GenesisAccount[]): StateDiff {
  const accounts = new Map<Hash, AccountChange>();
  const slots = new Map<Hash, ReadonlyMap<Hash, SlotChange>>();
  const codes = new Map<Hash, Uint8Array>();
  for (const { address, nonce, balance, code, storage } of alloc) {
    const codeHash = keccak256Hex(code);
    if (codeHash !== EMPTY_CODE_HASH) codes.set(codeHash, code);
    accounts.set(address, { before: undefined, after: { nonce, balance, codeHash, incarnation: 0 } });
    const changes = [...storage].map(
      ([slot, value]) => [slot, { before: ZERO_VALUE, after: hexToBytes(value) }] as const,
    );
    if (changes.length > 0) slots.set(address, new Map(changes));
  }
  return { accounts, slots, codes };
}
