import type { Hash } from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { decodePeerMessage, encodePeerMessage } from '../../src/consensus/messages.ts';
import { voteKey } from '../../src/consensus/peer-state.ts';
import { timestampMsOf } from '../../src/execution/child-header.ts';
import { areAllAt, expectAgreement } from './cluster-checks.ts';
import { FakeCluster } from './fake-cluster.ts';

// What peers tell each other of what they hold, and what follows when messages, links or halves of them are lost.

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

const PACE = { blockTimeMs: 500, emptyBlockTimeMs: 500 };

/** Milliseconds between blocks from `first` on, on average. */
function meanIntervalMs(first: number): number {
  const { store, head } = cluster.node(0);
  const timeOf = (number: number) => timestampMsOf(store.block(number).header);
  return (timeOf(head) - timeOf(first)) / (head - first);
}

/** Notes when each vote first left its signer, and how long it took to each other validator. */
function measureDeliveries(isLost: (from: string, to: string) => boolean): number[] {
  const firstSentMs = new Map<string, number>();
  const delivered = new Set<string>();
  const tookMs: number[] = [];
  cluster.network.isLost = (from, to, bytes) => {
    const lost = isLost(from, to);
    const message = decodePeerMessage(bytes);
    if (message.type !== 'vote') return lost;
    const key = voteKey(message.vote);
    const sentMs = firstSentMs.get(key) ?? cluster.clock.now();
    firstSentMs.set(key, sentMs);
    if (!lost && !delivered.has(`${key} ${to}`)) {
      delivered.add(`${key} ${to}`);
      tookMs.push(cluster.clock.now() - sentMs);
    }
    return lost;
  };
  return tookMs;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

describe('the exchange of votes', () => {
  it.each([2, 4])(
    'of %i repairs nine of ten lost votes within 300 ms where three of ten are lost',
    async (validators) => {
      const random = createRandom(seedFromEnvironment('exchange losses'));
      cluster = new FakeCluster({ validators, pace: PACE, timestamps: 'shared' });
      const tookMs = measureDeliveries(() => random.chance(0.3));
      await cluster.start();
      await cluster.until(() => areAllAt(cluster, 40), 'forty blocks');
      const repaired = tookMs.filter((ms) => ms > 0);
      expect(repaired.length).toBeGreaterThan(40);
      expect(quantile(repaired, 0.9)).toBeLessThanOrEqual(310); // the clock of the cluster goes in steps of two
      expect(meanIntervalMs(1)).toBeLessThan(1_000);
      expectAgreement(cluster);
    },
  );

  it('needs few messages more than there are votes where nothing is lost', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    await cluster.start();
    await cluster.until(() => areAllAt(cluster, 5), 'the start');
    let votes = 0;
    cluster.network.isLost = (_from, _to, bytes) => {
      if (bytes[0] === 2) votes++;
      return false;
    };
    await cluster.until(() => areAllAt(cluster, 25), 'twenty blocks');
    expect(votes / 20).toBeLessThan(4 * 3 * 2 * 1.25); // each vote of four to three others, twice a height
  });

  it('keeps its pace where each cannot send to the next', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    const indexOf = (peerId: string) => Number(peerId.slice(5));
    cluster.network.isLost = (from, to) => indexOf(to) === (indexOf(from) + 1) % 4;
    await cluster.start();
    await cluster.until(() => areAllAt(cluster, 20), 'twenty blocks');
    expect(meanIntervalMs(2)).toBeLessThanOrEqual(700);
    expectAgreement(cluster);
  });

  it('tells the votes of its valid round to all, so that a lock which nobody else knows is no end', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    // In round 0 of height 3 the proposer's votes are hidden, and one does not see the proposal: it prevotes nil, so that
    // the proposer alone sees a majority.
    let [locker, deaf] = [-1, -1];
    let isHidden = true;
    cluster.network.isLost = (_from, to, bytes) => {
      const message = decodePeerMessage(bytes);
      if (!isHidden || message.type === 'status') return false;
      const { height, round, validator } = message.type === 'vote' ? message.vote : message.proposal;
      if (height !== 3 || round !== 0) return false;
      const sender = cluster.keys.findIndex(({ address }) => address === validator);
      if (message.type === 'vote') return sender === locker;
      [locker, deaf] = [sender, (sender + 1) % 4];
      return to === `peer-${deaf}`;
    };
    await cluster.start();
    await cluster.until(
      () => cluster.nodes.every(({ driver }) => (driver?.status().round ?? 0) > 0),
      'round 1',
      10_000,
    );
    const locked = lockOf(locker, 3);
    expect(locked).toBeDefined();
    await cluster.node(deaf).kill(); // all that are left are needed for a majority
    isHidden = false;
    await cluster.until(() => areAllAt(cluster, 3), 'the locked block', 30_000);
    expect(cluster.node(locker).published.get(3)).toBe(locked);
    await cluster.node(deaf).start();
    await cluster.until(() => areAllAt(cluster, 5), 'more blocks');
    expectAgreement(cluster);
  });

  it('brings the vote of an equivocator that completes a majority elsewhere', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    await cluster.start([0, 1, 2]);
    await cluster.until(() => areAllAt(cluster, 1), 'a block');
    // The fourth validator is byzantine: its prevote for the block goes to the proposer alone, one for nil to the others,
    // of whom one does not see the proposal. Only the proposer sees a majority.
    const height = cluster.node(0).head + 1;
    const trio = [0, 1, 2];
    let [locker, deaf] = [-1, -1];
    let isApart = true;
    cluster.network.isLost = (_from, to, bytes) => {
      const message = decodePeerMessage(bytes);
      if (!isApart || message.type === 'status') return false;
      const signed = message.type === 'vote' ? message.vote : message.proposal;
      if (signed.height !== height) return false;
      const sender = cluster.keys.findIndex(({ address }) => address === signed.validator);
      if (message.type === 'vote') return message.vote.kind === 'precommit' || sender === 3;
      if (locker < 0) [locker, deaf] = [sender, (sender + 1) % 3];
      return to === `peer-${deaf}`;
    };
    const said = new Set<number>();
    const equivocate = () => {
      const [proposed] = signedAt(`${height}/0 proposal`).values();
      for (const index of trio) {
        const { driver } = cluster.node(index);
        if (!proposed || said.has(index) || driver?.status().height !== height) continue;
        said.add(index);
        const blockId = index === locker ? (proposed.split(' ')[0] as Hash) : undefined;
        const { bytes } = cluster.forgedVote(cluster.keys[3], { kind: 'prevote', height, round: 0, blockId });
        driver?.onConsensusMessage(bytes, { peerId: 'twin', validator: undefined, height: 0 });
      }
    };
    for (let passedMs = 0; passedMs < 5_000 && lockOf(locker, height) === undefined; passedMs += 2) {
      await cluster.step();
      equivocate();
    }
    const locked = lockOf(locker, height);
    expect(locked).toBeDefined();
    await cluster.pass(2_500); // the one without the proposal prevotes nil; all know that each has a vote of the fourth
    expect(trio.filter((index) => lockOf(index, height) !== undefined)).toEqual([locker]);
    isApart = false;
    await cluster.until(() => trio.every((index) => cluster.node(index).head >= height), 'its block', 30_000);
    expect(cluster.node(deaf).published.get(height)).toBe(locked);
  });

  it('is no worse for a flood of valid votes of one validator', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    await cluster.start([0, 1, 2]);
    await cluster.until(() => areAllAt(cluster, 2), 'two blocks');
    const flooder = { peerId: 'flooder', validator: cluster.keys[3]?.address, height: 0 };
    const fromHead = cluster.node(0).head;
    const fromMs = cluster.clock.now();
    for (let wave = 0; wave < 6; wave++) {
      const height = cluster.node(0).head + 1 + (wave % 4);
      for (let round = 0; round < 200; round++) {
        const unsigned = { kind: 'prevote', height, round: 1_000 * wave + round, blockId: undefined } as const;
        const { bytes } = cluster.forgedVote(cluster.keys[3], unsigned);
        for (const node of cluster.nodes.slice(0, 3)) node.driver?.onConsensusMessage(bytes, flooder);
      }
      await cluster.pass(250);
    }
    const meanMs = (cluster.clock.now() - fromMs) / (cluster.node(0).head - fromHead);
    expect(meanMs).toBeLessThan(1_100); // one of four proposers is missing
    for (const { driver } of cluster.nodes.slice(0, 3)) expect(driver?.status().round).toBeLessThanOrEqual(1);
  });

  it('sends nobody everything again and again who says now this, now that', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    await cluster.start([0, 1]); // no majority: the height stays, with a proposal and votes
    await cluster.until(() => cluster.node(0).driver?.status().step === 'prevote', 'prevotes', 10_000);
    const height = cluster.node(0).head + 1;
    const from = { peerId: 'peer-2', validator: cluster.keys[2]?.address, height: 0 };
    let sentBytes = 0;
    cluster.network.isLost = (_from, to, bytes) => {
      if (to === 'peer-2') sentBytes += bytes.length;
      return false;
    };
    cluster.network.connect(from, {
      onConsensusMessage: () => true,
      onRequest: async () => undefined,
      onPeerConnected: () => undefined,
      onPeerDisconnected: () => undefined,
    });
    for (let index = 0; index < 1_000; index++) {
      const status = { height: height - (index % 2), round: 0, role: 'vote', rounds: [], previous: undefined } as const;
      cluster.node(0).driver?.onConsensusMessage(encodePeerMessage({ type: 'status', status }), from);
      await cluster.step();
    }
    expect(sentBytes).toBeGreaterThan(0);
    expect(sentBytes).toBeLessThan(5_000); // it is there once, and repeated now and then
    cluster.network.disconnect('peer-2');
  });

  it('reads no more of a peer than it may send', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    await cluster.start();
    await cluster.until(() => areAllAt(cluster, 1), 'a block');
    const { driver } = cluster.node(0);
    const status = { height: 1, round: 0, role: 'vote', rounds: [], previous: undefined } as const;
    const bytes = encodePeerMessage({ type: 'status', status });
    const from = { peerId: 'loud', validator: undefined, height: 0 };
    for (let index = 0; index < 20_000; index++) driver?.onConsensusMessage(bytes, from);
    expect(cluster.network.penalties.filter(({ peerId }) => peerId === 'loud').length).toBeGreaterThan(1_000);
    expect(driver?.metrics().heddle_consensus_messages_dropped_total).toBeGreaterThan(1_000);
  });
});

/** What each validator signed at `place`, by address. */
function signedAt(place: string): Map<string, string> {
  const found = [...cluster.network.signed].filter(([key]) => key.endsWith(` ${place}`));
  return new Map(found.map(([key, said]) => [key.slice(0, 42), said]));
}

/** The block that validator `index` precommitted at `height`. */
function lockOf(index: number, height: number): string | undefined {
  const address = cluster.keys[index]?.address ?? '';
  for (let round = 0; round < 10; round++) {
    const said = signedAt(`${height}/${round} precommit`).get(address);
    if (said?.startsWith('0x')) return said;
  }
  return undefined;
}
