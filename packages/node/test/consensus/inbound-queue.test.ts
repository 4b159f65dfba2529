import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CONSENSUS_LIMITS } from '../../src/consensus/consensus-limits.ts';
import { InboundQueue } from '../../src/consensus/inbound-queue.ts';
import { Turns } from '../../src/consensus/turns.ts';

describe('the queue of peers’ messages', () => {
  let taken: string[];
  let dropped: string[];
  let gate: Promise<void>;
  let open: () => void;
  let turns: Turns;
  let queue: InboundQueue;

  beforeEach(() => {
    taken = [];
    dropped = [];
    gate = new Promise((resolve) => {
      open = resolve;
    });
    turns = new Turns((error) => {
      throw error;
    });
    turns.add(() => gate); // nothing is taken before
    queue = new InboundQueue(turns, DEFAULT_CONSENSUS_LIMITS);
  });

  const put = (peerId: string, name: string) =>
    queue.put(peerId, {
      take: async () => void taken.push(name),
      dropped: () => dropped.push(name),
    });

  async function drain(): Promise<void> {
    open();
    await turns.ask(async () => undefined);
  }

  it('keeps the order of each peer and lets peers take turns', async () => {
    for (const name of ['a1', 'a2', 'a3']) put('a', name);
    put('b', 'b1');
    put('c', 'c1');
    put('b', 'b2');
    await drain();
    expect(taken).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('leaves work of the node itself in its place', async () => {
    put('a', 'a1');
    turns.add(() => void taken.push('timer'));
    put('a', 'a2');
    turns.addFirst(() => void taken.push('own vote'));
    await drain();
    expect(taken).toEqual(['own vote', 'a1', 'timer', 'a2']);
  });

  it('drops the oldest of one peer beyond its share, and of the heaviest beyond the whole', async () => {
    const { queuedMessages: messages, queuedPerPeer: perPeer } = DEFAULT_CONSENSUS_LIMITS;
    for (let index = 0; index < perPeer + 5; index++) put('flood 0', `f0 ${index}`);
    expect(dropped).toEqual([0, 1, 2, 3, 4].map((index) => `f0 ${index}`));
    for (let flood = 1; flood * perPeer < messages; flood++) {
      for (let index = 0; index < perPeer; index++) put(`flood ${flood}`, `f${flood} ${index}`);
    }
    expect(queue.size).toBe(messages);
    put('honest', 'vote 1');
    put('honest', 'vote 2');
    expect(queue.size).toBe(messages);
    expect(dropped).toHaveLength(7);
    await drain();
    expect(taken.indexOf('vote 1')).toBeLessThan(10);
    expect(taken.indexOf('vote 2')).toBeLessThan(20);
    expect(turns.waitingCount).toBe(0);
  });

  it('takes or drops each message once, within its bounds, whatever comes', async () => {
    const random = createRandom(seedFromEnvironment('inbound queue'));
    const limits = { queuedMessages: 12, queuedPerPeer: 5 };
    queue = new InboundQueue(turns, limits);
    const names: string[] = [];
    open();
    for (let index = 0; index < 2_000; index++) {
      const name = `${index}`;
      names.push(name);
      put(`peer ${random.pick([0, 0, 0, 1, 2, 3])}`, name);
      expect(queue.size).toBeLessThanOrEqual(limits.queuedMessages);
      expect(turns.waitingCount).toBeLessThanOrEqual(limits.queuedMessages + 2);
      if (random.chance(0.1)) await turns.ask(async () => undefined);
    }
    await turns.ask(async () => undefined);
    expect([...taken, ...dropped].sort()).toEqual(names.sort());
    expect(dropped.length).toBeGreaterThan(100);
  });
});
