import { type Address, EMPTY_TRIE_ROOT, encodeRlp, type Hash, hexToBytes, keccak256 } from '@heddle/primitives';
import { decodeAccountRecord } from '../state/account-record.ts';
import type { IterableSource } from '../state/database.ts';
import { stateRootMismatch, trieDamaged } from '../state/state-errors.ts';
import { accountKey, addressOfKey, rangeOfKind, slotOfKey } from '../state/state-keys.ts';
import { encodeAccountLeaf } from './account-leaf.ts';
import { createLeafTrie, LeafList } from './leaf-list.ts';
import type { TrieCore } from './trie-core.ts';

const EMPTY_ROOT = hexToBytes(EMPTY_TRIE_ROOT);

interface Storage {
  readonly root: Uint8Array;
  readonly slotCount: number;
}

/**
 * Computes the state root of the head anew from every account and slot, without the stored tries: the one check that
 * finds any hole in the flat state. Takes time and memory with the size of the state. `source` is a snapshot, or nothing
 * is written meanwhile. `pause` is called after each chunk with the milliseconds that it took.
 *
 * @throws HeddleError `STATE_ROOT_MISMATCH`, `STATE_TRIE_DAMAGED` when an account's slot count is wrong
 */
export async function verifyState(
  source: IterableSource,
  head: { readonly number: number; readonly stateRoot: Hash },
  pause: (workedMs: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const core = createLeafTrie();
  const storages = await readStorages(core, source, pause);
  const accounts = new LeafList(core);
  for await (const entries of source.iterate(rangeOfKind('account'))) {
    const startedMs = performance.now();
    for (const [key, record] of entries) {
      const address = addressOfKey(key);
      const account = decodeAccountRecord(record);
      const { root, slotCount } = storages.get(address) ?? { root: EMPTY_ROOT, slotCount: 0 };
      if (account.slotCount !== slotCount) {
        throw trieDamaged(`account ${address} says ${account.slotCount} slots, there are ${slotCount}`);
      }
      accounts.add(keccak256(hexToBytes(address)), encodeAccountLeaf(account, root));
    }
    await pause(performance.now() - startedMs);
  }
  const found = accounts.root();
  if (found !== head.stateRoot) throw stateRootMismatch(head.number, head.stateRoot, found);
}

/** Root and size of each account's storage. Slots of one account lie together, those of ended incarnations do not count. */
async function readStorages(
  core: TrieCore,
  source: IterableSource,
  pause: (workedMs: number) => Promise<void>,
): Promise<Map<Address, Storage>> {
  const storages = new Map<Address, Storage>();
  let current: { address: Address; incarnation: number | undefined; leaves: LeafList; slotCount: number } | undefined;
  const end = (): void => {
    if (current === undefined || current.slotCount === 0) return;
    const root = hexToBytes(current.leaves.root());
    storages.set(current.address, { root, slotCount: current.slotCount });
  };
  for await (const entries of source.iterate(rangeOfKind('slot'))) {
    const startedMs = performance.now();
    for (const [key, value] of entries) {
      const address = addressOfKey(key);
      if (current?.address !== address) {
        end();
        current = { address, incarnation: liveIncarnation(source, address), leaves: new LeafList(core), slotCount: 0 };
      }
      const { incarnation, slot } = slotOfKey(key);
      if (incarnation !== current.incarnation) continue;
      current.leaves.add(keccak256(hexToBytes(slot)), encodeRlp(value));
      current.slotCount++;
    }
    await pause(performance.now() - startedMs);
  }
  end();
  return storages;
}

function liveIncarnation(source: IterableSource, address: Address): number | undefined {
  const record = source.getSync(accountKey(address));
  return record && decodeAccountRecord(record).incarnation;
}
