import type { Vote } from '@heddle/primitives';
import { afterEach, describe, expect, it } from 'vitest';
import { decodePeerMessage } from '../../src/consensus/messages.ts';
import { areAllAt, expectAgreement, isSignedBy } from './cluster-checks.ts';
import { FakeCluster } from './fake-cluster.ts';

// A process that was stopped (SIGSTOP, a suspended machine) goes on with timers and messages of long ago.

let cluster: FakeCluster;
afterEach(() => cluster?.stop());

const PACE = { blockTimeMs: 500, emptyBlockTimeMs: 500 };
const [VICTIM, OTHERS] = [3, [0, 1, 2]];
/** Peers hang up on whoever is silent for so long. */
const SILENCE_MS = 4_000;

/** Stops `victims` for `lengthMs`; their peers hang up when that is long. */
async function stopFor(victims: readonly number[], lengthMs: number): Promise<void> {
  for (const index of victims) cluster.node(index).freeze();
  if (lengthMs > SILENCE_MS) {
    await cluster.pass(SILENCE_MS);
    for (const index of victims) cluster.network.disconnect(cluster.node(index).identity.peerId);
  }
  await cluster.pass(lengthMs - Math.min(lengthMs, lengthMs > SILENCE_MS ? SILENCE_MS : 0));
}

/** Votes for nil that the victim sends from now on. */
function nilVotes(): Vote[] {
  const votes: Vote[] = [];
  cluster.network.isLost = (from, _to, bytes) => {
    const message = decodePeerMessage(bytes);
    const isOwn = from === cluster.node(VICTIM).identity.peerId && message.type === 'vote';
    if (isOwn && message.vote.blockId === undefined) votes.push(message.vote);
    return false;
  };
  return votes;
}

const nameOf = ({ kind, height, round }: Vote): string => `${kind} ${height}/${round}`;
const heads = (): number => Math.max(...OTHERS.map((index) => cluster.node(index).head));

describe('a validator whose process was stopped', () => {
  const moments = Array.from({ length: 6 }, (_, index) => index * 100);

  it.each([3_000, 20_000])(
    'for %i ms says nothing for heights that are over, and then votes again',
    async (lengthMs) => {
      cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
      await cluster.start();
      for (const moment of moments) {
        const next = heads() + 1;
        await cluster.until(() => areAllAt(cluster, next), 'a block');
        await cluster.pass(moment);
        await stopFor([VICTIM], lengthMs);
        const head = heads();
        const votes = nilVotes();
        cluster.node(VICTIM).thaw();
        await cluster.until(() => cluster.node(VICTIM).head >= head, 'the stopped one to catch up', 2_000);
        const address = cluster.node(VICTIM).identity.validator;
        await cluster.until(() => isSignedBy(cluster, heads(), address), 'it to vote again', 4_000);
        expect(votes.filter(({ height }) => height <= head).map(nameOf)).toEqual([]);
      }
      expectAgreement(cluster);
    },
  );

  it('votes again soon where nothing was decided without it', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    await cluster.start();
    await cluster.until(() => areAllAt(cluster, 5), 'the start');
    await stopFor([2, 3], 20_000);
    const before = heads();
    for (const index of [2, 3]) cluster.node(index).thaw();
    await cluster.until(() => areAllAt(cluster, before + 1), 'a block on all', 2_500);
    expectAgreement(cluster);
  });

  it('goes on after a while where nobody is there', async () => {
    cluster = new FakeCluster({ pace: PACE, timestamps: 'shared' });
    await cluster.start();
    await cluster.until(() => areAllAt(cluster, 5), 'the start');
    await stopFor([VICTIM], 10_000);
    for (const index of OTHERS) cluster.network.disconnect(cluster.node(index).identity.peerId);
    cluster.node(VICTIM).thaw();
    await cluster.until(() => cluster.node(VICTIM).driver?.status().isSigning === true, 'it to take part', 4_000);
  });
});
