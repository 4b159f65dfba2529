import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../src/codec/frame.ts';
import { type RoguePeer, startRogue, stopAllRogues } from './rogue-peer.ts';
import { isConnected, metric, startNode, stopAllNodes, type TestNode } from './test-network.ts';

afterEach(async () => {
  await stopAllRogues();
  await stopAllNodes();
});

const KIB = 1_024;
const SLOW_MS = 3;

/** Sends `frame` on a consensus stream whenever there is room, until told to stop. */
async function flood(rogue: RoguePeer, frame: Uint8Array): Promise<() => void> {
  const stream = await rogue.stayAlive();
  let isOver = false;
  const fill = (): void => {
    while (!isOver && stream.status === 'open' && stream.send(frame));
  };
  stream.addEventListener('drain', fill);
  fill();
  return () => {
    isOver = true;
  };
}

const receivedBytes = (node: TestNode) => metric(node, 'received_bytes_total');

describe('a peer that floods', () => {
  it('is read no faster than its budget, whatever it sends, and stays connected', async () => {
    const node = await startNode({
      validator: 0,
      limits: { otherBytesPerSecond: 200 * KIB, otherBytesBurst: 400 * KIB, otherMessagesBurst: 1e9 },
    });
    const rogue = await startRogue(node);
    await rogue.greet();
    const startMs = performance.now();
    const stop = await flood(rogue, encodeFrame(new Uint8Array(10 * KIB).fill(1)));
    await waitFor(() => metric(node, 'throttled_total') > 2, { what: 'it to be throttled' });
    await waitFor(() => performance.now() - startMs > 4_000, { what: 'some seconds of it' });
    await waitFor(() => receivedBytes(node) > 400 * KIB, { what: 'more than it may send at once' });
    stop();
    const seconds = (performance.now() - startMs) / 1_000;
    // What lies in the socket when it is told to rest comes on top.
    expect(receivedBytes(node)).toBeLessThan((400 + 200 * (seconds + 2)) * KIB + 1_024 * KIB);
    expect(node.disconnected).toHaveLength(0);
  });

  it('with small messages is cut off, unless it is a validator', async () => {
    const limits = { otherMessagesPerSecond: 10, otherMessagesBurst: 20 };
    const node = await startNode({ validator: 0, limits });
    const rogue = await startRogue(node);
    await rogue.greet();
    await flood(rogue, encodeFrame(Uint8Array.of(1, 2, 3)));
    await waitFor(() => node.disconnected.length === 1, { what: 'the full node to be cut off' });
    expect(metric(node, 'cut_offs_total')).toBe(1);
    expect(node.consensus.length).toBeLessThan(200);

    const validator = await startRogue(node, { name: 'rogue validator', validator: 1 });
    await validator.greet();
    const before = node.consensus.length;
    const stop = await flood(validator, encodeFrame(Uint8Array.of(1, 2, 3)));
    await waitFor(() => node.consensus.length > before + 500, { what: 'its messages' });
    stop();
    expect(node.disconnected).toHaveLength(1);
  });

  it('with small messages is cut off also where each of them takes milliseconds', async () => {
    // Far fewer than this thread takes, however busy the machine: what it takes is what the budget is measured by.
    const node = await startNode({ validator: 0, limits: { otherMessagesPerSecond: 10, otherMessagesBurst: 20 } });
    node.answers.consensus = () => {
      const fromMs = performance.now();
      while (performance.now() - fromMs < SLOW_MS); // the whole thread, as on a busy machine
      return true;
    };
    const rogue = await startRogue(node);
    await rogue.greet();
    await flood(rogue, encodeFrame(Uint8Array.of(1, 2, 3)));
    await waitFor(() => node.disconnected.length === 1, { what: 'it to be cut off' });
  });

  it('with more requests at once than are served is cut off', async () => {
    const node = await startNode({ validator: 0 });
    node.answers.request = () => new Promise(() => {});
    const rogue = await startRogue(node);
    await rogue.greet();
    await rogue.stayAlive();
    const ask = async (): Promise<void> => {
      const stream = await rogue.open('request');
      stream.send(encodeFrame(Uint8Array.of(0)));
    };
    await waitFor(
      async () => {
        await Promise.allSettled(Array.from({ length: 40 }, ask));
        return node.disconnected.length === 1;
      },
      { what: 'the rogue to be cut off' },
    );
    expect(metric(node, 'cut_offs_total')).toBe(1);
    expect(metric(node, 'requests_refused_total')).toBeGreaterThanOrEqual(100);
  });

  it('does not hold up an honest one', async () => {
    const limits = { otherBytesPerSecond: 200 * KIB, otherBytesBurst: 400 * KIB, otherMessagesBurst: 1e9 };
    const node = await startNode({ validator: 0, limits });
    const honest = await startNode({ validator: 2, peers: [node.address] });
    await waitFor(() => isConnected(node, honest), { what: 'the honest one to be connected' });
    const rogue = await startRogue(node);
    await rogue.greet();
    const stop = await flood(rogue, encodeFrame(new Uint8Array(100 * KIB).fill(1)));
    await waitFor(() => metric(node, 'throttled_total') > 1, { what: 'the rogue to be throttled' });
    const message = Uint8Array.of(9, 9, 9, 9);
    for (let index = 0; index < 50; index++) honest.network.sendConsensus(node.network.peerId, message);
    const heard = () => node.consensus.filter((one) => one.message.length === 4).length;
    await waitFor(() => heard() === 50, { what: 'every honest message' });
    stop();
  });
});
