import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { LinkFaults } from '../src/link-faults.ts';
import { type LinkRule, SOUND_LINK } from '../src/link-rule.ts';
import {
  allConnected,
  allGossiping,
  isConnected,
  metric,
  startNode,
  stopAllNodes,
  type TestNode,
} from './test-network.ts';

interface Breakable extends TestNode {
  readonly faults: LinkFaults;
}

afterEach(stopAllNodes);

async function start(validator: number, peers: readonly TestNode[], silenceMs = 2_500): Promise<Breakable> {
  const faults = new LinkFaults(`seed of ${validator}`);
  const addresses = peers.map(({ address }) => address);
  const node = await startNode({
    validator,
    faults,
    peers: addresses,
    limits: { silenceMs, transactionsRequestMs: 500 },
  });
  return Object.assign(node, { faults });
}

/** Two validators whose streams are open in both directions. */
async function pair(silenceMs?: number): Promise<[Breakable, Breakable]> {
  const first = await start(0, [], silenceMs);
  const second = await start(1, [first], silenceMs);
  await allConnected([first, second]);
  say(first, second, 0, 1);
  say(second, first, 0, 1);
  await waitFor(() => heard(first).length + heard(second).length === 2, { what: 'both to hear each other' });
  for (const node of [first, second]) node.consensus.length = 0;
  return [first, second];
}

/** What `to` gets of what `from` sends. */
function rule(from: TestNode, to: Breakable, change: Partial<LinkRule>): void {
  to.faults.setRules(new Map([[from.network.peerId, { ...SOUND_LINK, ...change }]]));
}

function heal(...nodes: Breakable[]): void {
  for (const { faults } of nodes) faults.setRules(new Map());
}

/** Sends the numbers from `first`, `count` of them, as messages of two bytes. */
function say(from: TestNode, to: TestNode, first: number, count: number): void {
  for (let number = first; number < first + count; number++) {
    expect(from.network.sendConsensus(to.network.peerId, Uint8Array.of(number >> 8, number & 0xff))).toBe(true);
  }
}

function heard({ consensus }: TestNode): number[] {
  return consensus.map(({ message: [high = 0, low = 0] }) => high * 256 + low);
}

/** A number that no message of a test has. */
const MARK = 999;
const numbers = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

describe('a cut link', () => {
  it('holds everything back, and what was sent meanwhile arrives in order when it heals soon', async () => {
    const [first, second] = await pair(60_000);
    rule(first, second, { isCut: true });
    rule(second, first, { isCut: true });
    say(first, second, 0, 5);
    say(second, first, 100, 5);
    await expect(
      first.network.request(second.network.peerId, { kind: 'transactions', payload: new Uint8Array(1) }),
    ).rejects.toMatchObject({ code: 'P2P_REQUEST_FAILED' }); // half a second later
    expect([heard(first), heard(second)]).toEqual([[], []]);
    heal(first, second);
    await waitFor(() => heard(second).length >= 5 && heard(first).length >= 5, { what: 'both to hear' });
    expect([heard(first), heard(second)]).toEqual([numbers(100, 5), numbers(0, 5)]);
    expect([first.disconnected, second.disconnected]).toEqual([[], []]);
  });

  it('dies of silence, is not made anew, and is when it heals', async () => {
    const [first, second] = await pair();
    rule(first, second, { isCut: true });
    rule(second, first, { isCut: true });
    await waitFor(() => !isConnected(first, second) && !isConnected(second, first), { what: 'both to give up' });
    const made = () => metric(first, 'connections_total') + metric(second, 'connections_total');
    const before = made();
    const failed = metric(second, 'dial_failures_total');
    const end = performance.now() + 1_500; // several attempts of both
    await waitFor(() => performance.now() > end, { what: 'some time to pass' });
    expect([made(), metric(second, 'dial_failures_total')]).toEqual([before, failed]);
    heal(first, second);
    await waitFor(() => isConnected(first, second) && isConnected(second, first), { what: 'both to meet again' });
    say(first, second, 7, 1);
    await waitFor(() => heard(second).includes(7), { what: 'a message' });
  });

  it('leaves other links alone', async () => {
    const [first, second] = await pair();
    const third = await start(2, [first, second]);
    await allConnected([first, second, third]);
    rule(first, second, { isCut: true });
    rule(second, first, { isCut: true });
    await waitFor(() => !isConnected(first, second), { what: 'the cut link to die' });
    say(first, third, 1, 1);
    say(third, second, 2, 1);
    await waitFor(() => heard(third).includes(1) && heard(second).includes(2), { what: 'both messages' });
    expect(third.disconnected).toEqual([]);
  });
});

describe('a slow link', () => {
  it('lets everything arrive later, in order, in one direction', async () => {
    const [first, second] = await pair(60_000);
    rule(first, second, { delayMs: 2_000, jitterMs: 500 });
    const sentMs = performance.now();
    say(first, second, 0, 20);
    say(second, first, 0, 1);
    await waitFor(() => heard(first).length === 1, { what: 'the other direction' });
    const early = heard(second).length;
    if (performance.now() - sentMs < 1_490) expect(early).toBe(0); // else the machine was busy for that long
    await waitFor(() => heard(second).length >= 1, { what: 'the first message', everyMs: 1 });
    expect(performance.now() - sentMs).toBeGreaterThan(1_490);
    await waitFor(() => heard(second).length >= 20, { what: 'all messages' });
    expect(heard(second)).toEqual(numbers(0, 20));
  });
});

describe('a lossy link', () => {
  it('loses the same messages for the same seed, about as many as it should, and stays up', async () => {
    const runs = [];
    for (const _ of [1, 2]) {
      const [first, second] = await pair();
      rule(first, second, { loss: 0.3 });
      rule(second, first, { loss: 1 });
      say(first, second, 0, 300);
      say(second, first, 0, 3);
      // A mark behind them, again and again until one is not lost: then all of them have come or were lost.
      const isMarked = () => {
        say(first, second, MARK, 1);
        return heard(second).includes(MARK);
      };
      await waitFor(isMarked, { what: 'the mark' });
      runs.push(heard(second).filter((number) => number !== MARK));
      expect(heard(first)).toEqual([]);
      expect([first.disconnected, second.disconnected]).toEqual([[], []]);
      await stopAllNodes();
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]?.length).toBeGreaterThan(180);
    expect(runs[0]?.length).toBeLessThan(240);
  });

  it('loses requests', async () => {
    const [first, second] = await pair();
    second.answers.request = async () => Uint8Array.of(1);
    const askFor = (kind: 'blocks' | 'transactions') =>
      first.network.request(second.network.peerId, { kind, payload: Uint8Array.of(1) });
    expect(await askFor('blocks')).toEqual(Uint8Array.of(1));
    const ask = () => askFor('transactions'); // those are waited for half a second alone
    rule(first, second, { loss: 1 });
    await expect(ask()).rejects.toMatchObject({ code: 'P2P_REQUEST_FAILED' });
    heal(second);
    rule(second, first, { loss: 1 });
    await expect(ask()).rejects.toMatchObject({ code: 'P2P_REQUEST_FAILED' });
  });

  it('loses gossip, which another peer then brings', async () => {
    const [first, second] = await pair();
    await allGossiping([first, second], 1);
    rule(first, second, { loss: 1 });
    first.network.publishTransactions([Uint8Array.of(1, 2, 3)]);
    say(second, first, 1, 1);
    await waitFor(() => heard(first).length === 1, { what: 'a round' });
    expect(second.batches).toEqual([]);
    const third = await start(2, [first, second]);
    await allConnected([first, second, third]);
    await allGossiping([first, second, third], 2);
    // Again and again: the third peer passes it on once gossip has made it a neighbour of the second.
    const isThere = () => {
      first.network.publishTransactions([Uint8Array.of(4, 5, 6)]);
      return second.batches.some(([transaction]) => transaction?.[0] === 4);
    };
    await waitFor(isThere, { what: 'the batch by the other way', everyMs: 200 });
  });
});

describe('a disorderly link', () => {
  it('brings each message three times, in another order, and none is lost', async () => {
    const [first, second] = await pair();
    rule(first, second, { copies: 3, window: 10 });
    say(first, second, 0, 50);
    await waitFor(() => heard(second).length >= 150, { what: 'all copies' });
    expect(heard(second)).not.toEqual(heard(second).toSorted((one, other) => one - other));
    expect(heard(second).toSorted((one, other) => one - other)).toEqual(numbers(0, 50).flatMap((n) => [n, n, n]));
  });
});
