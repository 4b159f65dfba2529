import type { Network, PeerIdentity } from '@heddle/p2p';
import { HeddleError } from '@heddle/primitives';
import { expect, it } from 'vitest';
import type { ConsensusDriver } from '../../src/consensus/consensus-driver.ts';
import { createNetworkHandlers, lateNetwork } from '../../src/network-wiring.ts';
import { unpackBytes } from '../../src/pool/packed-bytes.ts';

const PEER: PeerIdentity = { peerId: 'peer', validator: undefined, height: 7 };
const RAWS = [Uint8Array.of(1), Uint8Array.of(2, 3)];

/** The handlers over sides that note what reaches them. */
function wire(gossip: (raws: Uint8Array[]) => Promise<'accept' | 'ignore' | 'reject'> = async () => 'accept') {
  const log: string[] = [];
  const note = (line: string) => void log.push(line);
  const driver: Pick<
    ConsensusDriver,
    'onConsensusMessage' | 'onRequest' | 'onPeerConnected' | 'onPeerDisconnected' | 'height'
  > = {
    onConsensusMessage: (message, from) => {
      note(`message ${message[0]} of ${from.peerId}`);
      return message[0] === 1;
    },
    onRequest: async ({ kind }) => {
      note(`driver: ${kind}`);
      return Uint8Array.of(9);
    },
    onPeerConnected: ({ peerId }) => note(`connected ${peerId}`),
    onPeerDisconnected: ({ peerId }) => note(`disconnected ${peerId}`),
    height: () => 42,
  };
  const late = lateNetwork();
  const handlers = createNetworkHandlers({
    driver,
    pool: {
      call: async (name, input) => {
        note(`pool: ${name}`);
        return (await gossip(unpackBytes(input as Parameters<typeof unpackBytes>[0]))) as never;
      },
    },
    exchange: {
      answer: async () => Uint8Array.of(8),
      fetch: async (_, { peerId }) => note(`fetch the pool of ${peerId}`),
    },
    late,
  });
  return { handlers, late, log };
}

it('gossip goes to the pool, whose verdict goes back; one that is busy ignores it', async () => {
  let seen: Uint8Array[] = [];
  const rejecting = wire(async (raws) => {
    seen = raws;
    return 'reject';
  });
  expect(await rejecting.handlers.onTransactions(RAWS, 'peer')).toBe('reject');
  expect(seen).toEqual(RAWS);
  const busy = wire(() => Promise.reject(new HeddleError('THREAD_BUSY', 'too many calls')));
  expect(await busy.handlers.onTransactions(RAWS, 'peer')).toBe('ignore');
  const broken = wire(() => Promise.reject(new TypeError('a bug')));
  await expect(broken.handlers.onTransactions(RAWS, 'peer')).rejects.toThrow('a bug');
});

it('requests for the pool go to the exchange, all others to consensus', async () => {
  const { handlers, log } = wire();
  const payload = new Uint8Array(0);
  expect(await handlers.onRequest({ kind: 'pool', payload }, PEER)).toEqual(Uint8Array.of(8));
  expect(await handlers.onRequest({ kind: 'blocks', payload }, PEER)).toEqual(Uint8Array.of(9));
  expect(await handlers.onRequest({ kind: 'transactions', payload }, PEER)).toEqual(Uint8Array.of(9));
  expect(log).toEqual(['driver: blocks', 'driver: transactions']);
});

it('consensus hears of messages and peers, and a new peer is asked for its pool once there is a network', () => {
  const { handlers, late, log } = wire();
  expect(handlers.onConsensusMessage(Uint8Array.of(1), PEER)).toBe(true);
  expect(handlers.onConsensusMessage(Uint8Array.of(2), PEER)).toBe(false);
  handlers.onPeerConnected(PEER);
  late.network = noNetwork();
  handlers.onPeerConnected(PEER);
  handlers.onPeerDisconnected(PEER);
  expect(log).toEqual([
    'message 1 of peer',
    'message 2 of peer',
    'connected peer',
    'connected peer',
    'fetch the pool of peer',
    'disconnected peer',
  ]);
  expect(handlers.height()).toBe(42);
});

it('before there is a network there are no peers, and whoever asks one is told so', async () => {
  const late = lateNetwork();
  expect(late.peers()).toEqual([]);
  expect(late.sendConsensus('peer', Uint8Array.of(1))).toBe(false);
  late.penalize('peer', 1, 'nobody hears it');
  const request = late.request('peer', { kind: 'pool', payload: new Uint8Array(0) });
  await expect(request).rejects.toMatchObject({ code: 'P2P_REQUEST_FAILED' });
  late.network = noNetwork();
  expect(late.sendConsensus('peer', Uint8Array.of(1))).toBe(true);
});

function noNetwork(): Network {
  return {
    peerId: 'self',
    listenAddresses: [],
    peers: () => [],
    publishTransactions: () => undefined,
    sendConsensus: () => true,
    request: () => Promise.reject(new HeddleError('P2P_REQUEST_FAILED', 'nobody is there')),
    penalize: () => undefined,
    addPeer: () => undefined,
    metrics: () => ({}),
    stop: async () => undefined,
  };
}
