import type { Hash } from '@heddle/primitives';
import { expect, test } from 'vitest';
import { type LoadSender, SenderPool } from '../src/sender-pool.ts';

function sender(index: number): LoadSender {
  const sign = (count: number) => ({ raw: `0x${index}`, hash: `0x${index}${count}` as Hash });
  return { index, sign, prepared: [], sentCount: 0 };
}

test('a sender is taken again only when its transaction is final, and then sends its next one', () => {
  const pool = new SenderPool([sender(1)]);
  const first = pool.take(0);
  expect(first?.transaction.hash).toBe('0x10');
  expect(pool.take(1)).toBeUndefined();
  expect(pool.settle('0x10')).toBe(first);
  expect(pool.settle('0x10')).toBeUndefined();
  expect(pool.take(2)?.transaction.hash).toBe('0x11');
});

test('a refused transaction is tried again by the same sender', () => {
  const pool = new SenderPool([sender(1)]);
  const first = pool.take(0);
  if (first) pool.refuse(first);
  expect(pool.inFlightCount).toBe(0);
  expect(pool.take(1)?.transaction.hash).toBe('0x10');
});

test('senders take turns for as long as the load lasts', () => {
  const pool = new SenderPool([sender(1), sender(2), sender(3)]);
  const order = Array.from({ length: 5_000 }, () => {
    const taken = pool.take(0);
    if (taken) pool.settle(taken.transaction.hash);
    return taken?.sender.index;
  });
  expect(order.every((index, position) => index === (position % 3) + 1)).toBe(true);
});
