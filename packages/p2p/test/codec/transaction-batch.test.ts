import { HeddleError } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch, splitBatch } from '../../src/codec/transaction-batch.ts';
import { NETWORK_LIMITS } from '../../src/limits.ts';

const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const plain = (batch: readonly Uint8Array[]) => batch.map((transaction) => Buffer.from(transaction).toString('hex'));

describe('a transaction batch', () => {
  it('decodes to what was encoded', () => {
    const random = createRandom(seedFromEnvironment('batches', 'batches'));
    for (let round = 0; round < 50; round++) {
      const batch = Array.from({ length: random.int(1, 100) }, () => random.bytes(random.int(1, 1_000)));
      expect(plain(decodeBatch(encodeBatch(batch, NONCE), NETWORK_LIMITS))).toEqual(plain(batch));
    }
  });

  it('differs with its nonce, so that gossip takes the same transactions again', () => {
    const batch = [Uint8Array.of(1)];
    expect(encodeBatch(batch, NONCE)).not.toEqual(encodeBatch(batch, new Uint8Array(8)));
  });

  it('is split by count and by bytes, in order, nothing lost', () => {
    const many = Array.from({ length: 1_201 }, (_, index) => Uint8Array.of(index >> 8, index));
    const { batches } = splitBatch(many, NETWORK_LIMITS);
    expect(batches.map((batch) => batch.length)).toEqual([500, 500, 201]);
    expect(batches.flat()).toEqual(many);

    const large = Array.from({ length: 5 }, () => new Uint8Array(60 * 1024));
    const bySize = splitBatch(large, NETWORK_LIMITS).batches;
    expect(bySize.map((batch) => batch.length)).toEqual([2, 2, 1]);
    for (const batch of bySize) {
      expect(encodeBatch(batch, NONCE).length).toBeLessThanOrEqual(NETWORK_LIMITS.batchBytes);
    }
  });

  it('leaves out what no peer would take, and takes the largest transaction alone', () => {
    const largest = new Uint8Array(NETWORK_LIMITS.transactionBytes);
    const split = splitBatch([new Uint8Array(0), largest, new Uint8Array(largest.length + 1)], NETWORK_LIMITS);
    expect(split.leftOut).toBe(2);
    expect(split.batches.map((batch) => batch.length)).toEqual([1]);
    const decoded = decodeBatch(encodeBatch([largest], NONCE), NETWORK_LIMITS);
    expect(decoded.map((transaction) => transaction.length)).toEqual([largest.length]);
  });

  it('is refused when it is malformed in any way', () => {
    const good = encodeBatch([Uint8Array.of(1, 2), Uint8Array.of(3)], NONCE);
    const changed = (offset: number, value: number) => {
      const bytes = good.slice();
      bytes[offset] = value;
      return bytes;
    };
    const bad: [string, Uint8Array][] = [
      ['the header is cut off', good.subarray(0, 5)],
      ['version 9 is unknown', changed(0, 9)],
      ['0 transactions', changed(10, 0)],
      ['a size is cut off', changed(10, 3)],
      ['a transaction of 0 bytes', changed(14, 0)],
      ['a transaction is cut off', good.subarray(0, good.length - 1)],
      ['bytes follow the last transaction', Buffer.concat([good, Uint8Array.of(0)])],
      ['are too many', new Uint8Array(NETWORK_LIMITS.batchHardBytes + 1)],
      ['65535 transactions', changed(9, 0xff).fill(0xff, 10, 11)],
    ];
    for (const [what, bytes] of bad) expect(() => decodeBatch(bytes, NETWORK_LIMITS), what).toThrow(what);
  });

  it('never fails otherwise than as malformed, whatever the bytes', () => {
    const random = createRandom(seedFromEnvironment('batch garbage', 'batch garbage'));
    const good = encodeBatch(
      Array.from({ length: 5 }, () => random.bytes(40)),
      NONCE,
    );
    for (let round = 0; round < 3_000; round++) {
      const bytes = random.chance(0.3) ? random.bytes(random.int(0, 200)) : good.slice();
      for (let flips = random.int(0, 4); flips > 0; flips--)
        bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      try {
        decodeBatch(bytes.subarray(0, random.int(0, bytes.length)), NETWORK_LIMITS);
      } catch (error) {
        expect(error).toBeInstanceOf(HeddleError);
        expect(error).toMatchObject({ code: 'P2P_BATCH_MALFORMED' });
      }
    }
  });
});
