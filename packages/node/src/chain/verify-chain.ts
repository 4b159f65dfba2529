import { setImmediate } from 'node:timers/promises';
import { type IterableSource, rangeOfKind, storeCorrupt, verifyState, verifyTables } from '@heddle/executor';
import { bytesToHex, decodeHeader, type Hash } from '@heddle/primitives';
import { readHeader } from './block-records.ts';
import { checkBlocks } from './chain-checks.ts';
import { GENESIS_KEY } from './chain-keys.ts';
import type { ChainStore } from './chain-store.ts';

/** Hears how far a verification is: `done` of `total` of `what`. May throw to end it. */
export type OnVerified = (what: string, done: number, total: number) => void;

/** What agreed. */
export interface VerifiedChain {
  readonly stateRoot: Hash;
  readonly accountCount: number;
  readonly slotCount: number;
}

/** Blocks between two looks at whatever else is to be done. */
const BLOCKS_AT_ONCE = 1_000;

/**
 * Reads the whole store in `path`, which nobody writes meanwhile: every checksum, every block down to genesis, and every
 * account and slot, from which the state root is computed anew.
 *
 * @throws HeddleError `STORE_CORRUPT`, `STATE_ROOT_MISMATCH`, `STATE_TRIE_DAMAGED`
 */
export async function verifyChain(path: string, store: ChainStore, onVerified: OnVerified): Promise<VerifiedChain> {
  await verifyAllTables(path, store.unverifiedTables, onVerified);
  await verifyBlocks(path, store, onVerified);
  const { database, head } = store;
  const accountCount = await countEntries(database, 'account');
  const slotCount = await countEntries(database, 'slot');
  const { stateRoot } = decodeHeader(head.header);
  let done = 0;
  const counted: IterableSource = {
    getSync: (key) => database.getSync(key),
    async *iterate(range) {
      for await (const entries of database.iterate(range)) {
        yield entries;
        done += entries.length;
        onVerified('verifying the state', done, accountCount + slotCount);
      }
    },
  };
  await verifyState(counted, { number: head.number, stateRoot });
  return { stateRoot, accountCount, slotCount };
}

async function verifyAllTables(path: string, names: readonly string[], onVerified: OnVerified): Promise<void> {
  let done = 0;
  await verifyTables(path, names, {
    pause: async () => onVerified('verifying tables', ++done, names.length),
  });
}

async function verifyBlocks(path: string, { database, head }: ChainStore, onVerified: OnVerified): Promise<void> {
  let next: { number: number; hash: Hash } = head;
  while (next.number >= 0) {
    const to = Math.max(0, next.number - BLOCKS_AT_ONCE + 1);
    next = { number: to - 1, hash: checkBlocks(database, path, { head: next, to }) };
    onVerified('verifying blocks', head.number - next.number, head.number + 1);
    await setImmediate();
  }
  const genesis = database.getSync(GENESIS_KEY);
  const found = readHeader(database, 0)?.hash;
  if (genesis === undefined || found !== bytesToHex(genesis)) {
    throw storeCorrupt(path, `block 0 is ${found}, not the genesis of the chain`);
  }
}

async function countEntries(source: IterableSource, kind: 'account' | 'slot'): Promise<number> {
  let count = 0;
  for await (const entries of source.iterate(rangeOfKind(kind))) count += entries.length;
  return count;
}
