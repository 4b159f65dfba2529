import { signDigest } from '@heddle/primitives';
import { createRandom, freePort, seedFromEnvironment, waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../src/codec/frame.ts';
import { greetingDigest } from '../src/codec/greeting.ts';
import { peerIdOfKey } from '../src/identity.ts';
import type { PeerAddress } from '../src/ports.ts';
import { honestHello, startRogue, stopAllRogues } from './rogue-peer.ts';
import {
  allConnected,
  CHAIN_TAG,
  identityOf,
  isConnected,
  metric,
  startNode,
  startValidators,
  stopAllNodes,
  stopNode,
  type TestNode,
  VALIDATORS,
} from './test-network.ts';

afterEach(async () => {
  await stopAllRogues();
  await stopAllNodes();
});

async function addressOnPort(validator: number, port: number, host = '/ip4/127.0.0.1'): Promise<PeerAddress> {
  const { privateKey, validator: address } = await identityOf(`validator ${validator}`, validator);
  return { peerId: peerIdOfKey(privateKey), multiaddr: `${host}/tcp/${port}`, validator: address };
}

async function startOnPort(validator: number, port: number, peers: readonly PeerAddress[]): Promise<TestNode> {
  return startNode({ validator, listen: `/ip4/127.0.0.1/tcp/${port}`, peers });
}

describe('connections', () => {
  it('are made whichever node starts first, by DNS names too, one for each pair', async () => {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    const addresses = await Promise.all(ports.map((port, index) => addressOnPort(index, port, '/dns4/localhost')));
    const othersOf = (index: number) => addresses.filter((_, other) => other !== index);
    const nodes: TestNode[] = [];
    for (const index of [2, 0]) nodes.push(await startOnPort(index, ports[index] as number, othersOf(index)));
    await waitFor(() => nodes.every((node) => metric(node, 'dial_failures_total') >= 2), { what: 'failed dials' });
    nodes.push(
      ...(await Promise.all([1, 3].map((index) => startOnPort(index, ports[index] as number, othersOf(index))))),
    );
    await allConnected(nodes);
    for (const node of nodes) expect(metric(node, 'peers')).toBe(3);
  });

  it('come back when a node was stopped and started again with the same identity', async () => {
    const port = await freePort();
    const [first, second] = await startValidators(2);
    if (!first || !second) return expect.unreachable();
    const peers = [first.address, second.address];
    const third = await startOnPort(2, port, peers);
    for (const node of [first, second]) node.network.addPeer(third.address);
    await allConnected([first, second, third]);
    await stopNode(third);
    await waitFor(() => first.disconnected.length === 1 && second.disconnected.length === 1, {
      what: 'both to notice',
    });
    expect(first.disconnected[0]?.validator).toBe(VALIDATORS[2]?.address);
    const again = await startOnPort(2, port, []);
    await allConnected([first, second, again]);
    expect(again.network.peerId).toBe(third.network.peerId);
    expect(first.network.sendConsensus(again.network.peerId, Uint8Array.of(9))).toBe(true);
    await waitFor(() => again.consensus.length === 1, { what: 'a message on the new connection' });
  });

  it('are made by addPeer', async () => {
    const first = await startNode({ validator: 0 });
    const second = await startNode({ validator: 1 });
    first.network.addPeer(second.address);
    await allConnected([first, second]);
    expect(() => first.network.addPeer({ ...second.address, multiaddr: 'nonsense' })).toThrow(
      expect.objectContaining({ code: 'P2P_ADDRESS_MALFORMED' }),
    );
  });

  it('tell the height of the other at that moment', async () => {
    const first = await startNode({ validator: 0 });
    first.height = 12;
    const second = await startNode({ peers: [first.address] });
    await waitFor(() => second.connected.length === 1, { what: 'the connection' });
    expect(second.connected[0]?.height).toBe(12);
  });

  it('to another chain are refused on both sides with one clear warning each', async () => {
    const first = await startNode({ validator: 0 });
    const otherChain = `0x${'ab'.repeat(32)}` as const;
    const second = await startNode({ validator: 1, peers: [first.address], chainTag: otherChain });
    for (const node of [first, second]) {
      await waitFor(() => node.log.some(({ level }) => level === 'warn'), { what: `a warning of ${node.name}` });
    }
    expect(first.log).toEqual([
      expect.objectContaining({
        message: 'peer refused: it belongs to another chain',
        fields: expect.objectContaining({ peerId: second.network.peerId, theirs: otherChain, ours: CHAIN_TAG }),
      }),
    ]);
    expect(second.log).toEqual([
      expect.objectContaining({
        message: 'a peer refused this node: it belongs to another chain',
        fields: expect.objectContaining({ theirs: CHAIN_TAG, ours: otherChain }),
      }),
    ]);
    const rogue = await startRogue(first);
    expect(await rogue.greet({ chainTag: otherChain })).toMatchObject({ refused: 'chain', chainTag: CHAIN_TAG });
    await waitFor(() => rogue.connection.status !== 'open', { what: 'the connection to end' });
    expect([...first.connected, ...second.connected]).toEqual([]);
  });

  it('of a node of the version before are refused with a clear warning', async () => {
    const node = await startNode({ validator: 0 });
    const old = await startRogue(node);
    expect(await old.greet({ version: 1 })).toMatchObject({ refused: 'version' });
    await waitFor(() => old.connection.status !== 'open', { what: 'the connection to end' });
    expect(node.log).toEqual([
      expect.objectContaining({
        message: 'peer refused: it speaks another protocol version',
        fields: expect.objectContaining({ peerId: old.peerId, theirs: 1, ours: 2 }),
      }),
    ]);
    expect(node.connected).toEqual([]);
  });

  it('of someone who claims a validator without its key are refused', async () => {
    const node = await startNode({ validator: 0 });
    const stranger = await startRogue(node, { name: 'stranger', validator: 2 });
    const address = VALIDATORS[1]?.address ?? expect.unreachable();
    const own = honestHello(stranger.identity, stranger.peerId, node.network.peerId).validator;
    expect(
      await stranger.greet({ validator: { address, signature: own?.signature ?? new Uint8Array(65) } }),
    ).toMatchObject({
      refused: 'proof',
    });
    await waitFor(() => stranger.connection.status !== 'open', { what: 'the connection to end' });
    expect(node.log.map(({ message }) => message)).toContain('peer refused: it claims a validator without its key');
    expect(node.connected).toEqual([]);
  });

  it('of someone who repeats a proof made for another pair of peers are refused', async () => {
    const node = await startNode({ validator: 0 });
    const thief = await startRogue(node, { name: 'thief' });
    const account = VALIDATORS[1] ?? expect.unreachable();
    const stolen = signDigest(greetingDigest(CHAIN_TAG, 'the validator', node.network.peerId), account.privateKey);
    expect(await thief.greet({ validator: { address: account.address, signature: stolen } })).toMatchObject({
      refused: 'proof',
    });
  });

  it('of a configured peer that is not the configured validator are refused', async () => {
    const impostor = await startNode({ validator: 3 });
    const node = await startNode({ validator: 0, peers: [{ ...impostor.address, validator: VALIDATORS[1]?.address }] });
    await waitFor(() => node.log.length > 0, { what: 'the warning' });
    expect(node.log[0]?.message).toBe('peer refused: it is not the configured validator');
    expect(node.network.peers()).toEqual([]);
  });

  it('of a key outside the validator set count as those of a full node', async () => {
    const members = VALIDATORS.slice(0, 2).map(({ address }) => address);
    const node = await startNode({ validator: 0, validators: members, maxFullNodes: 1 });
    const outsider = await startNode({ validator: 5, peers: [node.address] });
    await waitFor(() => isConnected(node, outsider), { what: 'the outsider' });
    expect(node.connected[0]?.validator).toBeUndefined();
  });

  it('of full nodes are admitted up to their limit, of validators beyond it', async () => {
    const node = await startNode({ validator: 0, maxFullNodes: 2 });
    for (const name of ['full 1', 'full 2']) await startNode({ name, peers: [node.address] });
    await waitFor(() => node.connected.length === 2, { what: 'two full nodes' });
    const third = await startNode({ name: 'full 3', peers: [node.address] });
    await waitFor(() => third.log.length > 0, { what: 'the refusal' });
    expect(third.log[0]).toMatchObject({ message: 'a peer refused this node', fields: { reason: 'full' } });
    const validator = await startNode({ validator: 1, peers: [node.address] });
    await waitFor(() => isConnected(node, validator), { what: 'the validator' });
    expect(metric(node, 'peers')).toBe(3);
  });

  it('that begin with garbage are ended, and harm nothing', async () => {
    const random = createRandom(seedFromEnvironment('greeting garbage', 'greeting garbage on streams'));
    const node = await startNode({ validator: 0, limits: { cutOffScore: 1e9 } });
    for (let round = 0; round < 15; round++) {
      const rogue = await startRogue(node);
      const stream = await rogue.open('greeting');
      const bytes = random.bytes(random.int(1, 300));
      stream.send(random.chance(0.3) ? bytes : encodeFrame(bytes));
      if (random.chance(0.3)) stream.abort(new Error('enough'));
      if (random.chance(0.3)) rogue.connection.abort(new Error('enough'));
      await rogue.stop();
    }
    expect(node.connected).toEqual([]);
    const honest = await startNode({ validator: 1, peers: [node.address] });
    await waitFor(() => isConnected(node, honest), { what: 'an honest peer' });
  });

  it('are not given up when this thread alone was busy', async () => {
    const nodes = await startValidators(2, { limits: { silenceMs: 1_200 } });
    const until = performance.now() + 2_500;
    while (performance.now() < until); // nobody can send or receive meanwhile
    const received = nodes.map((node) => metric(node, 'consensus_received_bytes_total'));
    await waitFor(
      () => nodes.every((node, index) => metric(node, 'consensus_received_bytes_total') > (received[index] ?? 0)),
      { what: 'heartbeats' },
    );
    expect(nodes.flatMap(({ disconnected }) => disconnected)).toEqual([]);
  });

  it('without a greeting end in time', async () => {
    const node = await startNode({ validator: 0, limits: { greetingMs: 300 } });
    const rogue = await startRogue(node);
    await waitFor(() => rogue.connection.status !== 'open', { what: 'the connection to end' });
    expect(node.connected).toEqual([]);
  });

  it('of a penalized peer are cut off for a time', async () => {
    const node = await startNode({ validator: 0, limits: { cutOffMs: 500 } });
    const fullNode = await startNode({ peers: [node.address] });
    await waitFor(() => node.connected.length === 1 && fullNode.connected.length === 1, { what: 'the full node' });
    node.network.penalize(fullNode.network.peerId, 99, 'for a test');
    expect(isConnected(node, fullNode)).toBe(true);
    node.network.penalize(fullNode.network.peerId, 2, 'for a test');
    await waitFor(() => !isConnected(node, fullNode), { what: 'the cut-off' });
    await waitFor(() => node.connected.length === 2, { what: 'the full node to come back' });
  });

  it('are refused an address in use', async () => {
    const node = await startNode({ validator: 0 });
    await expect(startNode({ validator: 1, listen: node.address.multiaddr })).rejects.toMatchObject({
      code: 'P2P_LISTEN_FAILED',
    });
  });

  it('end with the node, at once and for good', async () => {
    const [first, second] = await startValidators(2);
    if (!first || !second) return expect.unreachable();
    await Promise.all([first.network.stop(), first.network.stop()]);
    expect(first.network.peers()).toEqual([]);
    expect(first.network.sendConsensus(second.network.peerId, Uint8Array.of(1))).toBe(false);
    first.network.publishTransactions([Uint8Array.of(1)]);
    await waitFor(() => second.disconnected.length === 1, { what: 'the other to notice' });
  });
});
