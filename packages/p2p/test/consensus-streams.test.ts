import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../src/codec/frame.ts';
import { NETWORK_LIMITS } from '../src/limits.ts';
import { startRogue, stopAllRogues } from './rogue-peer.ts';
import {
  isConnected,
  metric,
  startNode,
  startValidators,
  stopAllNodes,
  type TestNode,
  VALIDATORS,
} from './test-network.ts';

afterEach(async () => {
  await stopAllRogues();
  await stopAllNodes();
});

const numbered = (index: number, size = 4): Uint8Array => {
  const message = new Uint8Array(size);
  new DataView(message.buffer).setUint32(0, index);
  return message;
};
const numberOf = (message: Uint8Array): number => new DataView(message.buffer, message.byteOffset).getUint32(0);

async function pair(): Promise<[TestNode, TestNode]> {
  return (await startValidators(2)) as [TestNode, TestNode];
}

describe('consensus streams', () => {
  it('carry 2,000 messages both ways in order', async () => {
    const [first, second] = await pair();
    const count = 2_000;
    for (let index = 0; index < count; index++) {
      const size = index % 100 === 0 ? 20_000 : 4 + (index % 300);
      expect(first.network.sendConsensus(second.network.peerId, numbered(index, size))).toBe(true);
      expect(second.network.sendConsensus(first.network.peerId, numbered(index, size))).toBe(true);
    }
    for (const [node, other] of [
      [first, second],
      [second, first],
    ] as const) {
      await waitFor(() => node.consensus.length === count, { what: `all messages at ${node.name}` });
      expect(node.consensus.map(({ message }) => numberOf(message))).toEqual(
        Array.from({ length: count }, (_, i) => i),
      );
      expect(node.consensus[0]?.from).toEqual({
        peerId: other.network.peerId,
        validator: other.address.validator,
        height: 0,
      });
      expect(node.consensus[100]?.message.length).toBe(20_000);
    }
  });

  it('carry the largest message and refuse a larger or an empty one', async () => {
    const [first, second] = await pair();
    const to = second.network.peerId;
    expect(first.network.sendConsensus(to, new Uint8Array(NETWORK_LIMITS.consensusMessageBytes + 1))).toBe(false);
    expect(first.network.sendConsensus(to, new Uint8Array(0))).toBe(false);
    expect(first.network.sendConsensus('12D3KooWnobody', numbered(1))).toBe(false);
    expect(metric(first, 'consensus_messages_refused_total')).toBe(3);
    expect(first.network.sendConsensus(to, new Uint8Array(NETWORK_LIMITS.consensusMessageBytes).fill(5))).toBe(true);
    await waitFor(() => second.consensus.length === 1, { what: 'the largest message' });
    const received = second.consensus[0]?.message ?? new Uint8Array(0);
    expect(received.length).toBe(NETWORK_LIMITS.consensusMessageBytes);
    expect(received.every((byte) => byte === 5)).toBe(true);
  });

  it('answer false when the queue is full, and give up a peer that does not read', async () => {
    const node = await startNode({ validator: 0, limits: { outgoingQueueBytes: 1 << 20, outgoingFullMs: 300 } });
    const rogue = await startRogue(node, { validator: 1 });
    await rogue.greet();
    await rogue.stayAlive(); // it opens our stream to it, too, but nobody reads that
    await waitFor(() => node.connected.length === 1, { what: 'the rogue to be admitted' });
    let sent = 0;
    const message = numbered(0, 100_000);
    await waitFor(
      () => {
        while (node.network.sendConsensus(rogue.peerId, message)) sent++;
        return node.disconnected.length === 1;
      },
      { what: 'the rogue to be given up' },
    );
    expect(sent).toBeGreaterThanOrEqual(10);
    expect(metric(node, 'consensus_queued_bytes')).toBe(0);
    expect(node.log.map(({ fields }) => fields.why)).toContain('its queue stays full');
  });

  it('take more when the queue has room again, and still keep order', async () => {
    const [first, second] = (await startValidators(2, { limits: { outgoingQueueBytes: 100_000 } })) as [
      TestNode,
      TestNode,
    ];
    const count = 3_000;
    let sent = 0;
    let refusals = 0;
    await waitFor(
      () => {
        while (sent < count && first.network.sendConsensus(second.network.peerId, numbered(sent, 1_000))) sent++;
        if (sent < count) refusals++;
        return second.consensus.length === count;
      },
      { what: 'all messages', everyMs: 1 },
    );
    expect(refusals).toBeGreaterThan(0);
    expect(second.consensus.map(({ message }) => numberOf(message))).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    expect(metric(first, 'consensus_queued_bytes')).toBe(0);
  });

  it('cost a peer score for each message that the node calls malformed, until it is cut off', async () => {
    const node = await startNode({ validator: 0 });
    const rogue = await startRogue(node);
    await rogue.greet();
    const stream = await rogue.stayAlive();
    node.answers.consensus = () => false;
    for (let index = 0; index < 8; index++) stream.send(encodeFrame(numbered(index)));
    await waitFor(() => node.disconnected.length === 1, { what: 'the rogue to be cut off' });
    expect(node.consensus).toHaveLength(5);
    expect(metric(node, 'messages_malformed_total')).toBe(5);
    expect(metric(node, 'cut_offs_total')).toBe(1);
    const again = await startRogue(node).catch(() => undefined); // a dialer may learn of it a moment after its dial
    await again?.greet().catch(() => undefined);
    expect(node.connected).toHaveLength(1);
  });

  it('only throttle a validator that sends malformed messages', async () => {
    const [first, second] = await pair();
    second.answers.consensus = () => false;
    for (let index = 0; index < 20; index++) first.network.sendConsensus(second.network.peerId, numbered(index));
    await waitFor(() => second.consensus.length === 20, { what: 'all messages' });
    expect(metric(second, 'cut_offs_total')).toBeGreaterThan(0);
    expect(second.log.map(({ message }) => message)).toContain('validator throttled');
    expect(isConnected(second, first)).toBe(true);
    await expect(
      first.network.request(second.network.peerId, { kind: 'pool', payload: new Uint8Array(0) }),
    ).rejects.toThrow('busy');
  });

  it('end at an oversized frame; the second one cuts the peer off', async () => {
    // Two of 50 points reach it, whatever is forgiven between them on a slow machine.
    const node = await startNode({ validator: 0, limits: { cutOffScore: 60 } });
    const rogue = await startRogue(node);
    await rogue.greet();
    for (let attempt = 1; attempt <= 2; attempt++) {
      const stream = await rogue.open('consensus');
      stream.send(Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1, 2, 3));
      await waitFor(() => metric(node, 'frames_oversized_total') === attempt, { what: 'the frame to be counted' });
    }
    await waitFor(() => metric(node, 'cut_offs_total') === 1, { what: 'the rogue to be cut off' });
    await waitFor(() => rogue.connection.status !== 'open', { what: 'its connection to end' });
    expect(node.consensus).toHaveLength(0);
  });

  it('of a peer that falls silent lead to its disconnection', async () => {
    const node = await startNode({ validator: 0, limits: { silenceMs: 1_500 } });
    const rogue = await startRogue(node, { validator: 1 });
    await rogue.greet();
    await waitFor(() => node.disconnected.length === 1, { what: 'the silent peer to be given up' });
    expect(node.log.map(({ fields }) => fields.why)).toContain('silent');
    expect(node.disconnected[0]?.validator).toBe(VALIDATORS[1]?.address);
  });

  it('stay open while there is nothing to say', async () => {
    const nodes = await startValidators(2, { limits: { silenceMs: 1_500 } });
    const received = nodes.map((node) => metric(node, 'consensus_received_bytes_total'));
    await waitFor(
      () => nodes.every((node, index) => metric(node, 'consensus_received_bytes_total') >= (received[index] ?? 0) + 12),
      { what: 'three heartbeats each way' },
    );
    expect(nodes.flatMap(({ disconnected }) => disconnected)).toEqual([]);
  });
});
