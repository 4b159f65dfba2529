import { expect, it } from 'vitest';
import { SyncPeers } from '../../src/consensus/sync-peers.ts';

function onePeer() {
  const clock = { ms: 0 };
  const peers = new SyncPeers(() => clock.ms);
  peers.heard('peer', 9);
  return { clock, peers };
}

it('forgives a peer that was slow as soon as blocks of it are good', () => {
  const { peers } = onePeer();
  peers.offended('peer', 'slow');
  expect(peers.pick(5)).toBeUndefined();
  peers.helped('peer');
  expect(peers.pick(5)).toBe('peer');
});

it('does not forgive a lie for what the peer gave before it, though that is executed later', () => {
  const { clock, peers } = onePeer();
  peers.offended('peer', 'dishonest');
  peers.helped('peer');
  expect(peers.pick(5)).toBeUndefined();
  expect(peers.highest()).toBe(0);
  clock.ms = 60_001;
  expect(peers.pick(5)).toBe('peer');
  peers.helped('peer');
  peers.offended('peer', 'unhelpful'); // not twice as long as a lie that is forgotten
  clock.ms += 501;
  expect(peers.pick(5)).toBe('peer');
});
