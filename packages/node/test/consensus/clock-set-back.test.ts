import { expect, it } from 'vitest';
import { PeerState } from '../../src/consensus/peer-state.ts';
import { SyncPeers } from '../../src/consensus/sync-peers.ts';
import { areAllAt } from './cluster-checks.ts';
import { FakeCluster } from './fake-cluster.ts';

it('a clock that is set back makes nothing wait until it has come round again', () => {
  const peer = new PeerState({ peerId: 'a', validator: undefined, height: 0 });
  peer.given('vote', 3_600_000);
  expect(peer.mayLack('vote', 3_600_010)).toBe(false);
  expect(peer.mayLack('vote', 10)).toBe(true);
  let nowMs = 3_600_000;
  const peers = new SyncPeers(() => nowMs);
  peers.heard('a', 5);
  peers.offended('a', 'slow');
  expect(peers.pick(1)).toBeUndefined();
  nowMs = 10;
  expect(peers.pick(1)).toBe('a');
});

it('a node whose clock is set back by an hour goes on telling where it is', async () => {
  const cluster = new FakeCluster({ pace: { blockTimeMs: 500, emptyBlockTimeMs: 500 }, timestamps: 'shared' });
  try {
    await cluster.start();
    await cluster.until(() => areAllAt(cluster, 2), 'two blocks');
    let statuses = 0;
    cluster.network.isLost = (from, _to, bytes) => {
      if (from === 'peer-3' && bytes[0] === 1) statuses++;
      return false;
    };
    for (const index of [0, 1]) await cluster.node(index).kill(); // no majority: after a while nothing is news
    await cluster.pass(3_000);
    cluster.node(3).clockOffsetMs = -3_600_000;
    statuses = 0;
    await cluster.pass(3_000);
    expect(statuses).toBeGreaterThanOrEqual(3); // to one peer, once a second at least
    cluster.node(3).clockOffsetMs = 0;
    for (const index of [0, 1]) await cluster.node(index).start();
    const head = cluster.node(2).head;
    await cluster.until(() => areAllAt(cluster, head + 2), 'more blocks', 60_000);
  } finally {
    await cluster.stop();
  }
});
