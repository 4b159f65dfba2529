import { EMPTY_CODE_HASH, ZERO_HASH } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHUNK_SIZE } from '../../src/history/change-index.ts';
import { stateAt } from '../../src/history/state-at.ts';
import { createDatabase, type Database } from '../../src/state/database.ts';
import type { StateDiff } from '../../src/state/state-diff.ts';
import { accountKey, fullChunkKey, valueBeforeKey } from '../../src/state/state-keys.ts';
import { stateOperations } from '../../src/state/state-operations.ts';

const ADDRESS = `0x${'11'.repeat(20)}` as const;
let folder: TemporaryDirectory;
let database: Database;

beforeEach(async () => {
  folder = temporaryDirectory('state-at');
  database = await createDatabase(folder.path);
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

const account = (balance: number) => ({
  nonce: 0n,
  balance: BigInt(balance),
  codeHash: EMPTY_CODE_HASH,
  incarnation: 1,
});

/** Blocks 1 to `count`, each of which sets the balance to its number. */
async function writeBlocks(count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const before = number === 1 ? undefined : { ...account(number - 1), slotCount: 0 };
    const diff: StateDiff = {
      accounts: new Map([[ADDRESS, { before, after: account(number) }]]),
      slots: new Map(),
      codes: new Map(),
    };
    await database.batch(stateOperations(database, number, diff), { sync: false });
  }
}

describe('past states', () => {
  it('stay the same in a snapshot while blocks are written', async () => {
    await writeBlocks(3);
    const snapshot = database.snapshot();
    const [past, head] = [stateAt(snapshot, 2, 3), stateAt(snapshot, 3, 3)];
    const after = { ...account(9), slotCount: 0 };
    const diff = {
      accounts: new Map([[ADDRESS, { before: { ...account(3), slotCount: 0 }, after }]]),
      slots: new Map(),
    };
    await database.batch(stateOperations(database, 4, { ...diff, codes: new Map() }), { sync: false });
    expect(past.account(ADDRESS)?.balance).toBe(2n);
    expect(head.account(ADDRESS)?.balance).toBe(3n);
    snapshot.close();
    expect(stateAt(database, 3, 4).account(ADDRESS)?.balance).toBe(3n);
    expect(stateAt(database, 4, 4).account(ADDRESS)?.balance).toBe(9n);
  });

  it('know what never was', async () => {
    await writeBlocks(2);
    const state = stateAt(database, 0, 2);
    expect(state.account(ADDRESS)).toBeUndefined();
    expect(state.slot(ADDRESS, 1, ZERO_HASH)).toEqual(new Uint8Array(32));
    expect(state.code(EMPTY_CODE_HASH)).toHaveLength(0);
    expect(() => state.code(ZERO_HASH)).toThrow(expect.objectContaining({ code: 'STATE_CODE_MISSING' }));
  });

  it('say so when a record of theirs is lost', async () => {
    const count = 2 * CHUNK_SIZE + 2;
    await writeBlocks(count);
    const balanceAt = (number: number) => stateAt(database, number, count).account(ADDRESS)?.balance;
    expect(balanceAt(5)).toBe(5n);
    await database.batch([{ type: 'del', key: valueBeforeKey(6, accountKey(ADDRESS)) }], { sync: false });
    expect(() => balanceAt(5)).toThrow(expect.objectContaining({ code: 'STATE_HISTORY_DAMAGED' }));
    await database.batch([{ type: 'del', key: fullChunkKey(accountKey(ADDRESS), 0) }], { sync: false });
    expect(() => balanceAt(7)).toThrow(expect.objectContaining({ code: 'STATE_HISTORY_DAMAGED' }));
    expect(balanceAt(count - 1)).toBe(BigInt(count - 1));
  });
});
