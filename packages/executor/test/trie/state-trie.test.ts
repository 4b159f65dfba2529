import { bigIntToBytesOfSize, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, type Hash, ZERO_HASH } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database } from '../../src/state/database.ts';
import { genesisOperations } from '../../src/state/genesis-state.ts';
import { type SlotChange, SlotChanges } from '../../src/state/slot-changes.ts';
import type { StateDiff, StoredAccount } from '../../src/state/state-diff.ts';
import { accountKey, accountNodePrefix, slotKey, storageNodePrefix } from '../../src/state/state-keys.ts';
import { stateOperations } from '../../src/state/state-operations.ts';
import { MAX_OVERLAYS, openStateTrie, storedStateRoot } from '../../src/trie/state-trie.ts';
import { verifyState } from '../../src/trie/verify-state.ts';
import { type ModelState, rootByLibrary } from '../state/state-model.ts';

const ADDRESS = `0x${'11'.repeat(20)}` as const;
const OTHER = `0x${'22'.repeat(20)}` as const;
const word = (value: number) => bigIntToBytesOfSize(BigInt(value), 32);
let folder: TemporaryDirectory;
let database: Database;

beforeEach(async () => {
  folder = temporaryDirectory('state-trie');
  database = await createDatabase(folder.path);
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

function account(balance: number, incarnation = 0): StoredAccount {
  return { nonce: 0n, balance: BigInt(balance), codeHash: EMPTY_CODE_HASH, incarnation };
}

function diffOf(
  accounts: StateDiff['accounts'] extends ReadonlyMap<infer A, infer C> ? readonly (readonly [A, C])[] : never,
  slots: readonly (readonly [Hash, readonly (readonly [Hash, SlotChange])[]])[] = [],
): StateDiff {
  return {
    accounts: new Map(accounts),
    slots: new Map(slots.map(([address, changes]) => [address, new SlotChanges(changes)])),
    codes: new Map(),
  };
}

/** A store whose genesis holds one account with one slot. */
async function withGenesis() {
  const storage = new Map<Hash, Hash>([[ZERO_HASH, `0x${'00'.repeat(31)}05`]]);
  const alloc = [{ address: ADDRESS, balance: 9n, nonce: 0n, code: new Uint8Array(0), storage }];
  const { operations, stateRoot } = genesisOperations(alloc);
  await database.batch(operations, { sync: false });
  return openStateTrie(database, stateRoot);
}

const fund = (balance: number): StateDiff => diffOf([[OTHER, { before: undefined, after: account(balance, 1) }]]);

describe('the state trie', () => {
  it('keeps several undecided blocks, of which one is put on disk', async () => {
    const trie = await withGenesis();
    const [first, second] = [await trie.root(fund(1)), await trie.root(fund(2))];
    expect(first).not.toBe(second);
    await database.batch(trie.operations(first), { sync: false });
    trie.apply(first);
    expect(storedStateRoot(database)).toBe(first);
    expect(() => trie.operations(second)).toThrow(/no trie nodes are kept/);
    expect(await trie.root(diffOf([]))).toBe(first);
  });

  it('drops the oldest of too many undecided blocks, and makes it again when asked', async () => {
    const trie = await withGenesis();
    const roots: Hash[] = [];
    for (let balance = 1; balance <= MAX_OVERLAYS + 1; balance++) roots.push(await trie.root(fund(balance)));
    expect(() => trie.operations(roots[0] as Hash)).toThrow(/no trie nodes are kept/);
    expect(trie.operations(roots[1] as Hash).length).toBeGreaterThan(0);
    expect(await trie.root(fund(1))).toBe(roots[0]);
    expect(trie.operations(roots[0] as Hash).length).toBeGreaterThan(0);
  });

  it('keeps what a block writes once, however often it is executed', async () => {
    const trie = await withGenesis();
    const root = await trie.root(fund(1));
    const once = trie.operations(root);
    for (let round = 0; round < 3; round++) expect(await trie.root(fund(1))).toBe(root);
    expect(await trie.root(fund(2))).not.toBe(root);
    expect(trie.operations(root)).toEqual(once);
  });

  it('does not mix the storage of two undecided blocks that wipe differently and end alike', async () => {
    const trie = await withGenesis();
    const before = { ...account(9), slotCount: 1 };
    const change = { before: new Uint8Array(32), after: word(6) };
    const wiped = diffOf([[ADDRESS, { before, after: account(9, 1) }]], [[ADDRESS, [[ZERO_HASH, change]]]]);
    const kept = diffOf([], [[ADDRESS, [[ZERO_HASH, { before: word(5), after: word(6) }]]]]);
    const root = await trie.root(wiped);
    expect(await trie.root(kept)).toBe(root);
    await database.batch([...stateOperations(database, 1, wiped), ...trie.operations(root)], { sync: false });
    trie.apply(root);
    const next = diffOf([], [[ADDRESS, [[ZERO_HASH, { before: word(6), after: word(7) }]]]]);
    const model: ModelState = new Map([[ADDRESS, { ...account(9, 1), slots: new Map([[ZERO_HASH, word(7)]]) }]]);
    expect(await trie.root(next)).toBe(await rootByLibrary(model));
  });

  it('empties with its last account', async () => {
    const trie = await withGenesis();
    const root = await trie.root(diffOf([[ADDRESS, { before: account(9), after: undefined }]]));
    expect(root).toBe(EMPTY_TRIE_ROOT);
    await database.batch(trie.operations(root), { sync: false });
    trie.apply(root);
    expect(storedStateRoot(database)).toBe(EMPTY_TRIE_ROOT);
  });

  it.each([
    ['account', accountNodePrefix()],
    ['storage', storageNodePrefix(ADDRESS, 0)],
  ])('says so when a node of the %s trie is missing or another', async (_, key) => {
    const trie = await withGenesis();
    const change = diffOf([], [[ADDRESS, [[ZERO_HASH, { before: word(5), after: word(6) }]]]]);
    await database.batch([{ type: 'del', key }], { sync: false });
    await expect(trie.root(change)).rejects.toMatchObject({ code: 'STATE_TRIE_DAMAGED' });
    await database.batch([{ type: 'put', key, value: Uint8Array.of(0xc0) }], { sync: false });
    await expect(trie.root(change)).rejects.toMatchObject({ code: 'STATE_TRIE_DAMAGED' });
  });

  it('finds by computing everything anew what no other check sees', async () => {
    await withGenesis();
    const stateRoot = storedStateRoot(database);
    const verify = () => verifyState(database, { number: 0, stateRoot });
    await verify();
    const slot = { key: slotKey(ADDRESS, 0, ZERO_HASH), value: Uint8Array.of(5) };
    await database.batch([{ type: 'put', ...slot, value: Uint8Array.of(6) }], { sync: false });
    await expect(verify()).rejects.toMatchObject({ code: 'STATE_ROOT_MISMATCH' });
    await database.batch([{ type: 'del', key: slot.key }], { sync: false });
    await expect(verify()).rejects.toMatchObject({
      code: 'STATE_TRIE_DAMAGED',
      message: expect.stringMatching(/says 1 slots, there are 0/),
    });
    await database.batch([{ type: 'put', ...slot }], { sync: false });
    await verify();
    await database.batch([{ type: 'put', key: slotKey(ADDRESS, 7, ZERO_HASH), value: Uint8Array.of(9) }], {
      sync: false,
    });
    await verify(); // a slot of another incarnation is none of the state's
    await database.batch([{ type: 'del', key: accountKey(ADDRESS) }], { sync: false });
    await expect(verify()).rejects.toMatchObject({ code: 'STATE_ROOT_MISMATCH' });
  });
});
