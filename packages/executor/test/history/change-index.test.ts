import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { CHUNK_SIZE, firstChangeAfter, indexChange, undoChange } from '../../src/history/change-index.ts';
import type { BatchOperation } from '../../src/state/database.ts';
import { accountKey } from '../../src/state/state-keys.ts';

const random = createRandom(seedFromEnvironment('change-index'));
const LOCATION = accountKey(`0x${'ab'.repeat(20)}`);

/** Records in a map that count how often they are read. */
function createRecords() {
  const values = new Map<string, Uint8Array>();
  const textOf = (key: Uint8Array) => Buffer.from(key).toString('hex');
  const apply = (operations: readonly BatchOperation[]): number => {
    for (const operation of operations) {
      if (operation.type === 'put') values.set(textOf(operation.key), operation.value);
      else values.delete(textOf(operation.key));
    }
    return operations.length;
  };
  return {
    reads: 0,
    content: () => new Map(values),
    getSync(key: Uint8Array) {
      this.reads++;
      return values.get(textOf(key));
    },
    change(blockNumber: number) {
      return apply(indexChange(this, LOCATION, blockNumber));
    },
    undo(blockNumber: number) {
      apply(undoChange(this, LOCATION, blockNumber));
    },
  };
}

describe('the index of changes', () => {
  it.each([0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 10 * CHUNK_SIZE + 3])(
    'finds the first later change among %i',
    (count) => {
      const records = createRecords();
      const numbers: number[] = [];
      for (let change = 0; change < count; change++) {
        const number = (numbers.at(-1) ?? 0) + random.int(1, 9);
        records.change(number);
        numbers.push(number);
      }
      for (let number = 0; number <= (numbers.at(-1) ?? 0) + 2; number++) {
        expect(firstChangeAfter(records, LOCATION, number, false)).toBe(numbers.find((change) => change > number));
      }
    },
  );

  it('is what it was before a change that is undone, across the ends of chunks', () => {
    const records = createRecords();
    const contents = [records.content()];
    for (let number = 1; number <= 2 * CHUNK_SIZE + 3; number++) {
      records.change(number);
      contents.push(records.content());
    }
    expect(() => records.undo(7)).toThrow(expect.objectContaining({ code: 'STATE_HISTORY_DAMAGED' }));
    for (let number = contents.length - 1; number >= 1; number--) {
      records.undo(number);
      expect(records.content()).toEqual(contents[number - 1]);
    }
  });

  it('costs one read and one write a change, and few reads a question', () => {
    const records = createRecords();
    const changes = 100 * CHUNK_SIZE;
    let writes = 0;
    for (let number = 1; number <= changes; number++) writes += records.change(number);
    expect(records.reads).toBe(changes);
    expect(writes).toBe(changes + 99);
    records.reads = 0;
    firstChangeAfter(records, LOCATION, changes - 10, false);
    expect(records.reads).toBe(1);
    for (let number = 0; number < changes; number++) {
      records.reads = 0;
      expect(firstChangeAfter(records, LOCATION, number, false)).toBe(number + 1);
      expect(records.reads).toBeLessThanOrEqual(2);
    }
  });

  it('costs no more than three times as many reads as halving where changes come in heaps', () => {
    const chunks = 64;
    for (const gap of [
      (change: number) => (change % 640 === 0 ? 100_000 : 1),
      (change: number) => 1 + (change ** 2 % 300_000),
    ]) {
      const records = createRecords();
      const numbers = [0];
      for (let change = 1; change <= chunks * CHUNK_SIZE; change++) numbers.push((numbers.at(-1) ?? 0) + gap(change));
      for (const number of numbers.slice(1)) records.change(number);
      for (const [place, number] of numbers.entries()) {
        records.reads = 0;
        expect(firstChangeAfter(records, LOCATION, number, false)).toBe(numbers[place + 1]);
        expect(records.reads).toBeLessThanOrEqual(2 + 3 * Math.log2(chunks));
      }
    }
  });
});
