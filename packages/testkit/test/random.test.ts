import { expect, test } from 'vitest';
import { createRandom } from '../src/random.ts';

test('the same seed gives the same sequence, another seed another one', () => {
  const draw = (seed: string) =>
    Array.from(
      { length: 20 },
      (
        (random) => () =>
          random.int(0, 1e9)
      )(createRandom(seed)),
    );
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
});

test('draws stay inside their bounds and reach both ends', () => {
  const random = createRandom(7);
  const ints = Array.from({ length: 500 }, () => random.int(-2, 3));
  expect([Math.min(...ints), Math.max(...ints)]).toEqual([-2, 3]);
  const bigints = Array.from({ length: 500 }, () => random.bigint(5n, 8n));
  expect([...new Set(bigints)].sort()).toEqual([5n, 6n, 7n, 8n]);
  expect(random.bigint(0n, 2n ** 256n - 1n)).toBeLessThan(2n ** 256n);
});

test('shuffle keeps every item', () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const shuffled = createRandom(1).shuffle(items);
  expect(shuffled).not.toEqual(items);
  expect(shuffled.sort((left, right) => left - right)).toEqual(items);
});

test('a fork does not depend on what its parent drew', () => {
  const parent = createRandom(3);
  const before = parent.fork('x').int(0, 1e9);
  parent.int(0, 9);
  expect(parent.fork('x').int(0, 1e9)).toBe(before);
});
