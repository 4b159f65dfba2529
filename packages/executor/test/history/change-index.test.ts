import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { CHUNK_SIZE, firstChangeAfter, indexChange } from '../../src/history/change-index.ts';
import type { KeyValueSource } from '../../src/state/database.ts';
import { accountKey } from '../../src/state/state-keys.ts';

const random = createRandom(seedFromEnvironment('change-index'));
const LOCATION = accountKey(`0x${'ab'.repeat(20)}`);

/** Records in a map that count how often they are read. */
function createRecords(): KeyValueSource & { change(blockNumber: number): number; reads: number } {
  const values = new Map<string, Uint8Array>();
  const textOf = (key: Uint8Array) => Buffer.from(key).toString('hex');
  return {
    reads: 0,
    getSync(key) {
      this.reads++;
      return values.get(textOf(key));
    },
    change(blockNumber) {
      const operations = indexChange(this, LOCATION, blockNumber);
      for (const operation of operations)
        if (operation.type === 'put') values.set(textOf(operation.key), operation.value);
      return operations.length;
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
    records.reads = 0;
    firstChangeAfter(records, LOCATION, 0, false);
    expect(records.reads).toBeLessThanOrEqual(1 + Math.ceil(Math.log2(100)));
  });
});
