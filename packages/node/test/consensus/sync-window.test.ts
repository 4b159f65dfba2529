import type { CommitCertificate, Header } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { SyncPeers } from '../../src/consensus/sync-peers.ts';
import { type ProvedBlock, type SyncRange, SyncWindow } from '../../src/consensus/sync-window.ts';

const ROW = { blocks: 6, gas: 35n, bytes: 2_000 };
const LIMITS = { blocksPerRequest: 8, blocksAhead: 40, bytesAhead: 10_000, answerBytes: 1_000, requests: 5 };

function proved(number: number, from: string, sizeBytes = 100): ProvedBlock {
  const header = { number, gasUsed: 7n } as Header; // the window reads nothing else of it
  const bytes = new Uint8Array(sizeBytes);
  const block = { blockId: '0x' as const, header, bytes, transactions: [], transactionHashes: [], senders: [] };
  return { block, certificate: {} as CommitCertificate, from };
}

describe('the window of blocks under way', () => {
  it('gives every block once, in order and within its bounds, however peers answer', () => {
    const random = createRandom(seedFromEnvironment('sync window'));
    for (let life = 0; life < 30; life++) {
      const highest = random.int(1, 300);
      let head = random.int(0, 20);
      const window = new SyncWindow(head, LIMITS);
      const underWay: { range: SyncRange; peer: string }[] = [];
      for (let step = 0; head < Math.max(head, highest) && step < 20_000; step++) {
        const range = window.next(highest);
        if (range && random.chance(0.6)) {
          expect(range.to - range.from).toBeLessThan(LIMITS.blocksPerRequest);
          expect(range.to).toBeLessThanOrEqual(Math.min(highest, head + LIMITS.blocksAhead));
          for (const other of underWay) expect(range.from > other.range.to || range.to < other.range.from).toBe(true);
          window.asked(range);
          underWay.push({ range, peer: `peer ${random.int(0, 3)}` });
        }
        const awaited = underWay.find(({ range: { from, to } }) => from <= head + 1 && head + 1 <= to);
        const again = awaited && underWay.length < LIMITS.requests && random.chance(0.1) && window.again(awaited.range);
        if (again) underWay.push({ range: again, peer: 'another' });
        expect(window.requestCount).toBe(underWay.length);
        expect(underWay.length).toBeLessThanOrEqual(LIMITS.requests);
        if (underWay.length > 0 && random.chance(0.5)) answerOne();
        takeRow();
        expect(window.readyBytes).toBeLessThanOrEqual(LIMITS.blocksAhead * 700);
      }
      expect(head).toBeGreaterThanOrEqual(highest);

      function takeRow(): void {
        const row = window.take(head, ROW);
        expect(row.map(({ block }) => block.header.number)).toEqual(row.map((_, index) => head + 1 + index));
        expect(row.length).toBeLessThanOrEqual(5); // by their gas
        const bytes = row.reduce((sum, { block }) => sum + block.bytes.length, 0);
        expect(row.length === 1 || bytes <= ROW.bytes).toBe(true);
        if (row.length > 0) {
          const done = random.chance(0.1) ? random.int(0, row.length) : row.length;
          head += done;
          const [next, ...rest] = row.slice(done);
          if (next && random.chance(0.5)) {
            window.putBack(rest);
            window.distrust(next.from, head + 1);
          } else if (next) window.putBack([next, ...rest]);
        } else if (random.chance(0.02)) head++; // decided by consensus itself
      }

      function answerOne(): void {
        const [answered] = underWay.splice(random.int(0, underWay.length - 1), 1);
        if (!answered) return;
        const { range, peer } = answered;
        if (random.chance(0.2)) {
          window.failed(range);
          return;
        }
        const count = random.int(0, range.to - range.from + 1);
        const sizeBytes = random.pick([50, 100, 700]);
        const blocks = Array.from({ length: count }, (_, index) => proved(range.from + index, peer, sizeBytes));
        const left = blocks.splice(random.int(0, count));
        for (const each of blocks) window.put(range, each);
        if (random.chance(0.5)) takeRow(); // while the rest is still being proved
        for (const each of left) window.put(range, each);
        window.answered(range);
      }
    }
  });

  it('asks again for a block that was no good while the rest of its answer is still being proved', () => {
    const window = new SyncWindow(0, LIMITS);
    const range = { from: 1, to: 8 };
    window.asked(range);
    for (const number of [1, 2]) window.put(range, proved(number, 'liar'));
    expect(window.take(0, ROW)).toHaveLength(2);
    window.distrust('liar', 1);
    expect(window.next(8)).toEqual({ from: 1, to: 1 });
    window.putBack([proved(2, 'liar')]);
    window.answered(range);
    expect(window.next(8)).toEqual({ from: 1, to: 1 });
    window.asked({ from: 1, to: 1 });
    expect(window.next(8)).toEqual({ from: 3, to: 8 });
  });

  it('wants no block twice, and none that the head has passed', () => {
    const window = new SyncWindow(0, LIMITS);
    const range = { from: 1, to: 8 };
    window.asked(range);
    const again = window.again(range);
    if (!again) expect.fail('the first blocks are asked for again');
    window.put(range, proved(1, 'a'));
    expect([1, 2].map((height) => window.lacks(height))).toEqual([false, true]);
    window.put(again, undefined);
    window.put(again, proved(2, 'b'));
    expect(window.take(0, ROW).map(({ from }) => from)).toEqual(['a', 'b']);
    for (const each of [range, again]) window.failed(each);
    expect(window.take(2, ROW)).toEqual([]); // the head is there now
    expect(window.lacks(2)).toBe(false);
    expect(window.next(8)).toEqual({ from: 3, to: 8 });
  });

  it('asks for nothing more while enough bytes wait, but always for the block that comes next', () => {
    const window = new SyncWindow(0, LIMITS);
    const first = window.next(100);
    if (!first) throw new Error('nothing to ask for');
    window.asked(first);
    const second = window.next(100);
    if (!second) throw new Error('nothing more to ask for');
    window.asked(second);
    for (let number = second.from; number <= second.to; number++) window.put(second, proved(number, 'a', 1_200));
    window.answered(second);
    expect(window.next(100)).toBeUndefined(); // 9,600 bytes wait
    window.failed(first);
    expect(window.next(100)).toEqual(first);
  });
});

describe('the peers to be asked', () => {
  it('share the work; one that has not got a block is not asked for it', () => {
    const peers = new SyncPeers(() => 0);
    peers.heard('low', 5);
    peers.heard('high', 50);
    expect(peers.highest()).toBe(50);
    const asked = Array.from({ length: 5 }, () => {
      const peerId = peers.pick(4);
      if (peerId) peers.asked(peerId);
      return peerId;
    });
    expect(asked.slice(0, 4).sort()).toEqual(['high', 'high', 'low', 'low']);
    expect(asked[4]).toBeUndefined(); // two requests each
    peers.answered('low');
    expect(peers.pick(6)).toBeUndefined();
    expect(peers.pick(5)).toBe('low');
  });

  it('rest after an offence, each time twice as long, until they help', () => {
    let nowMs = 0;
    const peers = new SyncPeers(() => nowMs);
    peers.heard('a', 10);
    const restMs = (offence: Parameters<SyncPeers['offended']>[1]): number => {
      peers.offended('a', offence);
      const fromMs = nowMs;
      while (peers.pick(1) === undefined) nowMs += 100;
      return nowMs - fromMs;
    };
    expect([restMs('unhelpful'), restMs('unhelpful'), restMs('unhelpful')]).toEqual([500, 1_000, 2_000]);
    peers.helped('a');
    expect(restMs('unhelpful')).toBe(500);
    expect([restMs('slow'), restMs('slow')]).toEqual([1_000, 2_000]);
    expect([restMs('dishonest'), restMs('dishonest')]).toEqual([60_000, 120_000]);
    peers.gone('a');
    peers.heard('a', 10); // it comes back, and nothing is forgotten
    expect(restMs('dishonest')).toBe(240_000);
    expect(restMs('unhelpful')).toBe(240_000);
  });
});
