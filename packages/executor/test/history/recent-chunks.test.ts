import { bytesToHex, EMPTY_CODE_HASH, type Hex } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { CHUNK_SIZE } from '../../src/history/change-index.ts';
import { historyRangeOperation } from '../../src/history/history-range.ts';
import { RecentChunks } from '../../src/history/recent-chunks.ts';
import type { BatchOperation } from '../../src/state/database.ts';
import type { StateDiff } from '../../src/state/state-diff.ts';
import { HISTORY_RANGE_KEY, lastChunkKey } from '../../src/state/state-keys.ts';
import { stateOperations } from '../../src/state/state-operations.ts';
import { keysThatMeet } from '../support/keys-that-meet.ts';

const ADDRESS: Hex = `0x${'ab'.repeat(20)}`;

/** A store that says which keys are looked up in it. */
function createStore() {
  const values = new Map<string, Uint8Array>();
  const asked: string[] = [];
  return {
    asked,
    getSync(key: Uint8Array) {
      asked.push(bytesToHex(key));
      return values.get(bytesToHex(key));
    },
    write(operations: readonly BatchOperation[]) {
      for (const operation of operations) {
        if (operation.type === 'put') values.set(bytesToHex(operation.key), operation.value);
        else values.delete(bytesToHex(operation.key));
      }
    },
  };
}

/** A payment to one account, in block `number`. */
function payment(number: number): StateDiff {
  const account = (balance: number) => {
    return { nonce: 0n, balance: BigInt(balance), codeHash: EMPTY_CODE_HASH, incarnation: 0, slotCount: 0 };
  };
  const change = { before: account(number), after: account(number + 1) };
  return { accounts: new Map([[ADDRESS, change]]), slots: new Map(), codes: new Map() };
}

describe('the chunks of what was changed lately', () => {
  const chunkKey = bytesToHex(lastChunkKey(Uint8Array.of(0x61, ...Buffer.from(ADDRESS.slice(2), 'hex'))));
  const run = (store: ReturnType<typeof createStore>, recent: RecentChunks, number: number): string[] => {
    store.asked.length = 0;
    const operations = stateOperations(store, number, payment(number), recent);
    const asked = [...store.asked];
    expect(operations).toEqual(stateOperations(store, number, payment(number)));
    store.write(operations);
    return asked;
  };
  const range = bytesToHex(HISTORY_RANGE_KEY);

  it('are read once, and come to what the store has, across the ends of chunks', () => {
    const store = createStore();
    const recent = new RecentChunks();
    expect(run(store, recent, 1)).toEqual([range, chunkKey]);
    for (let number = 2; number <= 2 * CHUNK_SIZE + 2; number++) expect(run(store, recent, number)).toEqual([range]);
  });

  it('are told apart where the hashes of their keys meet', () => {
    const store = createStore();
    const recent = new RecentChunks();
    const [key, other] = keysThatMeet(58);
    recent.over(store, 1);
    recent.keep([{ type: 'put', key, value: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) }]);
    const chunks = recent.over(store, 2);
    store.asked.length = 0;
    expect([chunks.getSync(key)?.length, chunks.getSync(other), store.asked]).toEqual([
      8,
      undefined,
      [bytesToHex(other)],
    ]);
  });

  it('are read again when blocks were taken back, and when they may have been pruned', () => {
    const store = createStore();
    const recent = new RecentChunks();
    for (let number = 1; number <= 4; number++) run(store, recent, number);
    expect(run(createStore(), recent, 3)).toEqual([range, chunkKey]); // of a store that was rewound
    expect(run(store, recent, 5)).toEqual([range, chunkKey]);
    expect(run(store, recent, 6)).toEqual([range]);
    store.write([historyRangeOperation({ oldest: 6, prunedTo: 5 })]);
    expect(run(store, recent, 7)).toEqual([range, chunkKey]);
  });
});
