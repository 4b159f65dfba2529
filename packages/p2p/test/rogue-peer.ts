import '../src/promise-with-resolvers.ts';

import { type GossipSub, gossipsub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { encodeFrame } from '../src/codec/frame.ts';
import {
  decodeGreeting,
  encodeHello,
  type GreetingAnswer,
  greetingDigest,
  type Hello,
  PROTOCOL_VERSION,
} from '../src/codec/greeting.ts';
import { gossipsubOptions } from '../src/gossipsub-options.ts';
import { readPrivateKey } from '../src/identity.ts';
import { NETWORK_LIMITS } from '../src/limits.ts';
import { protocolNames } from '../src/network-context.ts';
import type { LocalIdentity } from '../src/ports.ts';
import { readFrame } from '../src/stream-io.ts';
import { CHAIN_TAG, identityOf, type TestNode } from './test-network.ts';

/** A peer that speaks libp2p and knows our protocols, but does with them what a test wants. */
export interface RoguePeer {
  readonly peerId: string;
  readonly connection: Connection;
  readonly pubsub: GossipSub;
  readonly identity: LocalIdentity;
  /** Opens a stream of one of our protocols. */
  open(protocol: 'greeting' | 'consensus' | 'request'): Promise<Stream>;
  /** Greets as an honest peer would, or with what is given; the node's answer. */
  greet(changes?: Partial<Hello>): Promise<GreetingAnswer>;
  /** Sends `bytes` to whoever asks something. */
  answerRequests(bytes: Uint8Array): Promise<void>;
  /** Sends whoever asks something a frame of `sizeBytes` that never gets whole, `chunk` bytes every `everyMs`. */
  dripAnswers(drip: { readonly sizeBytes: number; readonly chunk: number; readonly everyMs: number }): Promise<void>;
  /** Opens a consensus stream and sends heartbeats on it. */
  stayAlive(): Promise<Stream>;
  stop(): Promise<void>;
}

const PROTOCOLS = protocolNames(CHAIN_TAG);
const running = new Set<RoguePeer>();

/** Connects to `node`, and does nothing more: it does not even read what the node sends it. */
export async function startRogue(
  node: TestNode,
  options: { readonly name?: string; readonly validator?: number } = {},
): Promise<RoguePeer> {
  const identity = await identityOf(options.name ?? 'rogue', options.validator);
  const libp2p = await createRogueHost(identity);
  await libp2p.handle(PROTOCOLS.consensus, (stream) => stream.pause(), { maxInboundStreams: 8 });
  const address = multiaddr(`${node.address.multiaddr}/p2p/${node.address.peerId}`);
  const connection = await libp2p.dial(address, { signal: AbortSignal.timeout(60_000) });
  const peerId = libp2p.peerId.toString();
  const timers: NodeJS.Timeout[] = [];
  const open: RoguePeer['open'] = (protocol) => connection.newStream(PROTOCOLS[protocol]);
  const rogue: RoguePeer = {
    peerId,
    connection,
    identity,
    pubsub: libp2p.services.pubsub,
    open,
    async greet(changes) {
      const stream = await open('greeting');
      const hello = { ...honestHello(identity, peerId, node.address.peerId), ...changes };
      stream.send(encodeFrame(encodeHello(hello)));
      return decodeGreeting(await readFrame(stream, { limitBytes: 512, timeoutMs: 60_000, what: 'the answer' }));
    },
    answerRequests: (bytes) => libp2p.handle(PROTOCOLS.request, (stream) => void stream.send(bytes)),
    dripAnswers: ({ sizeBytes, chunk, everyMs }) =>
      libp2p.handle(PROTOCOLS.request, (stream) => {
        stream.send(encodeFrame(new Uint8Array(sizeBytes)).subarray(0, chunk));
        timers.push(
          setInterval(() => {
            if (stream.status === 'open') stream.send(new Uint8Array(chunk));
          }, everyMs),
        );
      }),
    async stayAlive() {
      const stream = await open('consensus');
      timers.push(
        setInterval(() => {
          if (stream.status === 'open') stream.send(encodeFrame());
        }, 100),
      );
      return stream;
    },
    async stop() {
      running.delete(rogue);
      for (const timer of timers) clearInterval(timer);
      await libp2p.stop();
    },
  };
  running.add(rogue);
  return rogue;
}

/** Stops every rogue that a test left running. */
export async function stopAllRogues(): Promise<void> {
  await Promise.all([...running].map((rogue) => rogue.stop()));
}

/** What an honest node with that identity says. */
export function honestHello(identity: LocalIdentity, peerId: string, to: string): Hello {
  const claim = identity.validator !== undefined &&
    identity.sign && { address: identity.validator, sign: identity.sign };
  const validator = claim
    ? { address: claim.address, signature: claim.sign(greetingDigest(CHAIN_TAG, peerId, to)) }
    : undefined;
  return { version: PROTOCOL_VERSION, chainTag: CHAIN_TAG, height: 0, validator };
}

function createRogueHost(identity: LocalIdentity): Promise<Libp2p<{ identify: unknown; pubsub: GossipSub }>> {
  return createLibp2p({
    privateKey: readPrivateKey(identity.privateKey),
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      pubsub: gossipsub({
        ...gossipsubOptions(NETWORK_LIMITS, PROTOCOLS.transactionsTopic),
        asyncValidation: false,
      }),
    },
  });
}
