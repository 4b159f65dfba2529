import { createRandom, seedFromEnvironment, waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeBatch } from '../src/codec/transaction-batch.ts';
import type { ValidatingPubsub } from '../src/gossip.ts';
import { NETWORK_LIMITS } from '../src/limits.ts';
import { protocolNames } from '../src/network-context.ts';
import { type RoguePeer, startRogue, stopAllRogues } from './rogue-peer.ts';
import {
  allGossiping,
  CHAIN_TAG,
  isConnected,
  metric,
  startNode,
  startValidators,
  stopAllNodes,
  type TestNode,
} from './test-network.ts';

afterEach(async () => {
  await stopAllRogues();
  await stopAllNodes();
});

const TOPIC = protocolNames(CHAIN_TAG).transactionsTopic;

async function startGossipingRogue(node: TestNode, validator?: number): Promise<RoguePeer> {
  const rogue = await startRogue(node, validator === undefined ? {} : { validator });
  rogue.pubsub.subscribe(TOPIC);
  await rogue.greet();
  await rogue.stayAlive();
  await waitFor(() => metric(node, 'gossip_peers') > 0 && rogue.pubsub.getSubscribers(TOPIC).length > 0, {
    what: 'the rogue to gossip',
  });
  return rogue;
}

describe('gossip', () => {
  it('takes the same transactions again when they are published again', async () => {
    const nodes = await startValidators(2);
    await allGossiping(nodes, 1);
    for (let round = 0; round < 3; round++) nodes[0]?.network.publishTransactions([Uint8Array.of(1, 2, 3)]);
    await waitFor(() => nodes[1]?.batches.length === 3, { what: 'three batches' });
  });

  it('splits what is too large for one message, and loses nothing', async () => {
    const nodes = await startValidators(3);
    await allGossiping(nodes, 2);
    const transactions = Array.from({ length: 1_500 }, (_, index) => new Uint8Array(300).fill(index));
    nodes[0]?.network.publishTransactions([...transactions, new Uint8Array(NETWORK_LIMITS.transactionBytes + 1)]);
    for (const node of nodes.slice(1)) {
      await waitFor(() => node.batches.flat().length === 1_500, { what: `all transactions at ${node.name}` });
      expect(Buffer.concat(node.batches.flat()).equals(Buffer.concat(transactions))).toBe(true);
    }
    expect(metric(nodes[0] as TestNode, 'gossip_transactions_left_out_total')).toBe(1);
  });

  it('passes a batch on only when the node accepts it', async () => {
    // A line: 0 knows 1, 1 knows 2. What 0 publishes reaches 2 through 1 alone.
    const middle = await startNode({ validator: 1 });
    const ends = [
      await startNode({ validator: 0, peers: [middle.address] }),
      await startNode({ validator: 2, peers: [middle.address] }),
    ];
    await allGossiping(ends, 1);
    await allGossiping([middle], 2);
    middle.answers.transactions = async (batch) =>
      batch[0]?.[0] === 1 ? 'accept' : batch[0]?.[0] === 2 ? 'ignore' : 'reject';
    for (const first of [2, 3]) ends[0]?.network.publishTransactions([Uint8Array.of(first)]);
    await waitFor(() => middle.batches.length === 2, { what: 'two batches in the middle' });
    // Again and again: it is passed on once gossip has made the other end a neighbour of the middle.
    const isPassedOn = () => {
      ends[0]?.network.publishTransactions([Uint8Array.of(1)]);
      return (ends[1]?.batches.length ?? 0) > 0;
    };
    await waitFor(isPassedOn, { what: 'the accepted batch', everyMs: 200 });
    expect(ends[1]?.batches.flat().filter(([first]) => first !== 1)).toEqual([]);
    expect(metric(middle, 'gossip_batches_accepted_total')).toBeGreaterThan(0);
    expect(metric(middle, 'gossip_batches_ignored_total')).toBe(1);
    expect(metric(middle, 'gossip_batches_rejected_total')).toBe(1);
    expect(metric(middle, 'penalties_total')).toBe(1);
  });

  it('cuts off a peer after two malformed batches', async () => {
    // Two of 50 points reach it, whatever is forgiven between them on a slow machine.
    const node = await startNode({ validator: 0, limits: { cutOffScore: 60 } });
    const rogue = await startGossipingRogue(node);
    await rogue.pubsub.publish(TOPIC, Uint8Array.of(1, 2, 3));
    await waitFor(() => metric(node, 'gossip_batches_malformed_total') === 1, { what: 'the first to be counted' });
    expect(node.disconnected).toEqual([]);
    await rogue.pubsub.publish(TOPIC, Uint8Array.of(4, 5, 6));
    await waitFor(() => node.disconnected.length === 1, { what: 'the cut-off' });
    expect(node.batches).toEqual([]);
  });

  it('survives garbage of all kinds', async () => {
    const random = createRandom(seedFromEnvironment('gossip garbage', 'gossip garbage'));
    const node = await startNode({ validator: 0, limits: { cutOffScore: 1e9 } });
    const rogue = await startGossipingRogue(node, 1);
    for (let round = 0; round < 60; round++) {
      const protocol = random.pick(['greeting', 'consensus', 'request'] as const);
      const garbage = random.bytes(random.int(1, 200));
      const aborts = random.chance(0.5);
      const stream = await rogue.open(protocol);
      if (stream.writeStatus === 'writable') stream.send(garbage); // the node may have ended it at once
      if (aborts) stream.abort(new Error('enough'));
      await rogue.pubsub.publish(TOPIC, random.bytes(random.int(8, 300)));
    }
    await waitFor(() => metric(node, 'gossip_batches_received_total') >= 60, { what: 'the garbage to arrive' });
    const honest = await startNode({ validator: 2, peers: [node.address] });
    await allGossiping([honest], 1);
    honest.network.publishTransactions([Uint8Array.of(1)]);
    await waitFor(() => node.batches.some((batch) => batch[0]?.length === 1), { what: 'an honest batch' });
    expect(isConnected(node, honest)).toBe(true);
  });

  it('gives up a peer with its first oversized message, and cuts it off with the second', async () => {
    const node = await startNode({ validator: 0, limits: { gossipLossMs: 60_000, cutOffScore: 60 } }); // a point a second comes back
    const oversized = new Uint8Array(NETWORK_LIMITS.gossipFrameBytes + 1);
    const rogue = await startGossipingRogue(node, 1);
    await rogue.pubsub.publish(TOPIC, oversized);
    await waitFor(() => node.disconnected.length === 1, { what: 'the rogue to be given up' });
    expect(metric(node, 'penalties_total')).toBe(1);
    expect(metric(node, 'cut_offs_total')).toBe(0);
    const again = await startGossipingRogue(node, 1);
    await again.pubsub.publish(TOPIC, oversized);
    await waitFor(() => metric(node, 'cut_offs_total') === 1, { what: 'the cut-off' });
  });

  it('answers who lacks many batches in frames that anybody takes', async () => {
    const node = await startNode({ validator: 0 });
    const rogue = await startGossipingRogue(node, 1);
    const pubsub = rogue.pubsub as ValidatingPubsub;
    const ids: Uint8Array[] = [];
    rogue.pubsub.addEventListener('gossipsub:message', ({ detail }) => ids.push(Buffer.from(detail.msgId, 'base64')));
    const transactions = Array.from({ length: 12 }, (_, index) => new Uint8Array(120 * 1_024).fill(index));
    node.network.publishTransactions(transactions);
    await waitFor(() => ids.length === transactions.length, { what: 'all batches' });
    let again = 0;
    const receive = pubsub.handleReceivedRpc.bind(pubsub);
    pubsub.handleReceivedRpc = (from, rpc) => {
      again += rpc.messages?.length ?? 0;
      return receive(from, rpc);
    };
    const unreadable: Error[] = [];
    pubsub.handlePeerReadStreamError = (error) => unreadable.push(error);
    pubsub.sendRpc(node.address.peerId, { messages: [], subscriptions: [], control: { iwant: [{ messageIDs: ids }] } });
    await waitFor(() => again === transactions.length || unreadable.length > 0, { what: 'the answer' });
    expect(unreadable).toEqual([]);
  });

  it('gives up, without blame, a peer that falls out of it', async () => {
    const node = await startNode({ validator: 0, limits: { gossipLossMs: 500 } });
    const rogue = await startGossipingRogue(node, 1);
    const joinedMs = performance.now();
    await waitFor(() => performance.now() > joinedMs + 1_200, { what: 'the node to have looked at its gossip' });
    rogue.pubsub.unsubscribe(TOPIC);
    await waitFor(() => node.disconnected.length === 1, { what: 'the rogue to be given up' });
    expect(node.log.map(({ fields }) => fields.why)).toContain('absent from the gossip');
    expect(metric(node, 'penalties_total')).toBe(0);
  });

  it('ignores what comes faster than a peer may send, and what waits for too many judgements', async () => {
    const node = await startNode({
      validator: 0,
      limits: {
        validationsPerPeer: 2,
        batchesPerSecond: 0.001,
        batchesBurst: 5,
      },
    });
    const rogue = await startGossipingRogue(node, 1);
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    node.answers.transactions = () => gate.then(() => 'accept');
    for (let index = 0; index < 8; index++) {
      await rogue.pubsub.publish(TOPIC, encodeBatch([Uint8Array.of(index)], new Uint8Array(8)));
    }
    await waitFor(() => metric(node, 'gossip_batches_received_total') === 8, { what: 'all to arrive' });
    await waitFor(() => metric(node, 'gossip_batches_ignored_total') === 6, { what: 'six to be ignored' });
    expect(node.batches).toHaveLength(2);
    expect(metric(node, 'gossip_validations')).toBe(2);
    release();
    await waitFor(() => metric(node, 'gossip_batches_accepted_total') === 2, { what: 'two to be accepted' });
    expect(metric(node, 'penalties_total')).toBe(0);
  });
});
