import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PeerAddress } from '../src/ports.ts';
import { createRedialer, type DialOutcome } from '../src/redialer.ts';

const VALIDATOR = `0x${'11'.repeat(20)}` as const;
const validatorPeer = (peerId: string): PeerAddress => ({
  peerId,
  multiaddr: '/ip4/127.0.0.1/tcp/1',
  validator: VALIDATOR,
});

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function start(dial: (peer: PeerAddress) => Promise<DialOutcome>, ownPeerId = 'm') {
  const dials: { peerId: string; atMs: number }[] = [];
  const taken = new Set<string>();
  const redialer = createRedialer({
    ownPeerId,
    validator: true,
    limits: { dialledPeers: 3 },
    now: () => Date.now(),
    isTaken: (peerId) => taken.has(peerId),
    dial(peer) {
      dials.push({ peerId: peer.peerId, atMs: Date.now() });
      return dial(peer);
    },
  });
  return { redialer, dials, taken };
}

describe('the redial loop', () => {
  it('never gives up, and waits between 80 ms and 1.2 s', async () => {
    const { redialer, dials } = start(async () => 'unreachable');
    redialer.add(validatorPeer('a'));
    await vi.advanceTimersByTimeAsync(60_000);
    const gaps = dials.slice(1).map(({ atMs }, index) => atMs - (dials[index]?.atMs ?? 0));
    expect(gaps.length).toBeGreaterThan(25);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(80);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_200);
    redialer.stop();
    const count = dials.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(dials.length).toBe(count);
  });

  it('lets the peer with the higher id begin, but not for ever', async () => {
    const { redialer, dials } = start(async () => 'connected');
    redialer.add(validatorPeer('a'));
    redialer.add(validatorPeer('z'));
    await vi.advanceTimersByTimeAsync(100);
    expect(dials.map(({ peerId }) => peerId)).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(500);
    expect(dials.map(({ peerId }) => peerId)).toEqual(['a', 'z']);
  });

  it('rests while a peer is connected or its own dial is being taken, and begins again when it is gone', async () => {
    const { redialer, dials, taken } = start(async () => 'unreachable');
    redialer.add(validatorPeer('a'));
    taken.add('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(dials).toEqual([]);
    taken.delete('a');
    redialer.connected('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(dials).toEqual([]);
    redialer.disconnected('a');
    await vi.advanceTimersByTimeAsync(200);
    expect(dials.length).toBe(1);
  });

  it('dials all validators that are away as soon as one of them is back', async () => {
    const { redialer, dials } = start(async ({ peerId }) => (peerId === 'c' ? 'chain' : 'unreachable'));
    for (const peerId of ['a', 'b', 'c']) redialer.add(validatorPeer(peerId));
    await vi.advanceTimersByTimeAsync(10_000);
    const dialsTo = (name: string) => dials.filter(({ peerId }) => peerId === name);
    const [before, refused] = [dialsTo('b').length, dialsTo('c').length];
    while (dialsTo('b').length === before) await vi.advanceTimersByTimeAsync(10); // its next dial is far away now
    redialer.connected('a');
    await vi.advanceTimersByTimeAsync(100);
    expect(dialsTo('b').length).toBe(before + 2);
    expect(dialsTo('c').length).toBe(refused);
  });

  it('dials the others as before when one comes and falls away again and again', async () => {
    const { redialer, dials } = start(async () => 'unreachable');
    for (const peerId of ['a', 'b']) redialer.add(validatorPeer(peerId));
    await vi.advanceTimersByTimeAsync(10_000);
    redialer.connected('a'); // after failures: this time it may mean something
    redialer.disconnected('a');
    await vi.advanceTimersByTimeAsync(5_000);
    const before = dials.length;
    for (let elapsedMs = 0; elapsedMs < 5_000; elapsedMs += 50) {
      redialer.connected('a');
      redialer.disconnected('a');
      await vi.advanceTimersByTimeAsync(50);
    }
    const count = dials.slice(before).filter(({ peerId }) => peerId === 'b').length;
    expect(count).toBeGreaterThanOrEqual(4); // their next dial is not put off each time
    expect(count).toBeLessThanOrEqual(7);
  });

  it('waits long after a refusal for good', async () => {
    const { redialer, dials } = start(async () => 'chain');
    redialer.add(validatorPeer('a'));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(dials.length).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(dials.length).toBe(2);
  });

  it('backs off from a peer that connects and falls away at once', async () => {
    let isUp = false;
    const { redialer, dials } = start(async ({ peerId }) => {
      redialer.connected(peerId);
      isUp = true;
      return 'connected';
    });
    redialer.add(validatorPeer('a'));
    for (let elapsedMs = 0; elapsedMs < 20_000; elapsedMs += 10) {
      await vi.advanceTimersByTimeAsync(10);
      if (isUp) redialer.disconnected('a');
      isUp = false;
    }
    expect(dials.length).toBeLessThan(20);
    expect(dials.length).toBeGreaterThan(8);
  });

  it('dials a bounded number of peers, never itself', async () => {
    const { redialer, dials } = start(async () => 'connected');
    expect(['a', 'b', 'c', 'd', 'm', 'a'].map((peerId) => redialer.add(validatorPeer(peerId)))).toEqual([
      true,
      true,
      true,
      false,
      true,
      true,
    ]);
    await vi.advanceTimersByTimeAsync(1);
    expect(new Set(dials.map(({ peerId }) => peerId))).toEqual(new Set(['a', 'b', 'c']));
  });
});
