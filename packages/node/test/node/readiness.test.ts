import { waitFor } from '@heddle/testkit';
import { expect, test } from 'vitest';
import { type ReadinessSource, watchReadiness } from '../../src/readiness.ts';

const SYNCING = { startingBlock: 0, currentBlock: 1, highestBlock: 9 };

function source(status: { peers: number; syncing: typeof SYNCING | undefined }): ReadinessSource {
  return { status: () => status as ReturnType<ReadinessSource['status']> };
}

test('a node is ready with peers and at the head, and each change is told once', async () => {
  const status = { peers: 0, syncing: undefined as typeof SYNCING | undefined };
  const told: boolean[] = [];
  const stop = watchReadiness(source(status), { needsPeers: true, lookEveryMs: 1 }, (isReady) => told.push(isReady));
  try {
    expect(told).toEqual([false]);
    status.peers = 3;
    await waitFor(() => told.length === 2, { what: 'peers to count' });
    status.syncing = SYNCING;
    await waitFor(() => told.length === 3, { what: 'catching up to count' });
    expect(told).toEqual([false, true, false]);
  } finally {
    stop();
  }
});

test('the only validator needs no peers', () => {
  const told: boolean[] = [];
  watchReadiness(source({ peers: 0, syncing: undefined }), { needsPeers: false }, (isReady) => told.push(isReady))();
  expect(told).toEqual([true]);
});
