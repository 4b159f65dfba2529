import { bytesToHex } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { BatchOperation } from '../../src/state/database.ts';
import { type PendingBlock, PendingWrites } from '../../src/state/pending-writes.ts';
import { keysThatMeet } from '../support/keys-that-meet.ts';

const KEYS = 40;
const ROUNDS = 300;
const random = createRandom(seedFromEnvironment('pending-writes'));

/** Keys that are alike, one of which begins as another does. */
const keyOf = (index: number) => (index % 2 === 0 ? Uint8Array.of(index) : Uint8Array.of(index - 1, 0));
const textOf = (bytes: Uint8Array | undefined) => bytes && bytesToHex(bytes);

/** Few keys, so that a block often writes one twice. */
function randomBlock(): PendingBlock {
  const operations = Array.from({ length: random.int(0, 60) }, (): BatchOperation => {
    const key = keyOf(random.int(0, KEYS - 1));
    return random.chance(0.3) ? { type: 'del', key } : { type: 'put', key, value: random.bytes(random.int(0, 4)) };
  });
  return { operations, diff: { accounts: new Map(), slots: new Map(), codes: new Map() } };
}

/** A store that counts how often it is read. */
function createStore() {
  const values = new Map<string, Uint8Array>();
  return {
    reads: 0,
    values,
    getSync(key: Uint8Array) {
      this.reads++;
      return values.get(bytesToHex(key));
    },
  };
}

function write(values: Map<string, Uint8Array>, { operations }: PendingBlock): void {
  for (const operation of operations) {
    if (operation.type === 'put') values.set(bytesToHex(operation.key), operation.value);
    else values.delete(bytesToHex(operation.key));
  }
}

describe('writes on their way to the disk', () => {
  it('are read as if they were there, whichever are written meanwhile', () => {
    const store = createStore();
    const pending = new PendingWrites(store);
    const whole = new Map<string, Uint8Array>();
    const blocks: PendingBlock[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const block = randomBlock();
      blocks.push(block);
      write(whole, block);
      pending.add(block);
      for (let count = random.int(0, 2); count > 0 && blocks.length > 0; count--) {
        const written = blocks.shift() as PendingBlock;
        write(store.values, written);
        pending.written(written);
      }
      expect(pending.diffs()).toEqual(blocks.map(({ diff }) => diff));
      if (random.chance(0.5)) continue; // some blocks come and go without a question
      for (let index = 0; index < KEYS; index++) {
        const key = keyOf(index);
        expect(textOf(pending.getSync(key))).toBe(textOf(whole.get(bytesToHex(key))));
      }
    }
  });

  it('are told apart where the hashes of their keys meet', () => {
    const pending = new PendingWrites(createStore());
    const [key, other] = keysThatMeet(21);
    const diff = { accounts: new Map(), slots: new Map(), codes: new Map() };
    pending.add({ operations: [{ type: 'put', key, value: key }], diff });
    expect([pending.getSync(key), pending.getSync(other)]).toEqual([key, undefined]);
    pending.add({ operations: [{ type: 'put', key: other, value: other }], diff });
    expect([pending.getSync(key), pending.getSync(other)]).toEqual([key, other]);
  });

  it('are no question to the store', () => {
    const store = createStore();
    const pending = new PendingWrites(store);
    const [kept, gone, other] = [keyOf(2), keyOf(4), keyOf(6)];
    const diff = { accounts: new Map(), slots: new Map(), codes: new Map() };
    pending.add({
      operations: [
        { type: 'put', key: kept, value: kept },
        { type: 'del', key: gone },
      ],
      diff,
    });
    expect([pending.getSync(kept), pending.getSync(gone), store.reads]).toEqual([kept, undefined, 0]);
    pending.getSync(other);
    expect(store.reads).toBe(1);
  });
});
