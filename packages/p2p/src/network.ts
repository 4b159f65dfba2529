import './promise-with-resolvers.ts';

import type { Connection, Stream } from '@libp2p/interface';
import { type Connections, createConnections } from './connections.ts';
import { receiveConsensus } from './consensus-incoming.ts';
import { p2pErrors, reasonOf } from './errors.ts';
import { createGate } from './gate.ts';
import { type Gossip, startGossip } from './gossip.ts';
import { watchHealth } from './health.ts';
import { createHost, type Host } from './host.ts';
import { readPrivateKey } from './identity.ts';
import { type Multiaddr, multiaddr, peerIdFromPrivateKey } from './libp2p.ts';
import { NETWORK_LIMITS } from './limits.ts';
import { createCounters } from './metrics.ts';
import { dropConnection, type NetworkContext, protocolNames } from './network-context.ts';
import { createPeerLinks, type PeerLink } from './peer-link.ts';
import type { Network, NetworkHandlers, NetworkOptions, PeerAddress } from './ports.ts';
import { createRedialer, type DialOutcome, type Redialer } from './redialer.ts';
import { createReputation } from './reputation.ts';
import { createRequests, type Requests } from './requests.ts';
import { abortStream } from './stream-io.ts';
import { createWarnings } from './warnings.ts';

/**
 * Starts listening and dialling. Peers appear through `handlers.onPeerConnected` when they are greeted: of this chain,
 * and, where they claim to be a validator, proven by its key.
 *
 * @throws HeddleError `P2P_KEY_MALFORMED`, `P2P_ADDRESS_MALFORMED`, `P2P_LISTEN_FAILED`
 */
export async function createNetwork(options: NetworkOptions, handlers: NetworkHandlers): Promise<Network> {
  const privateKey = readPrivateKey(options.identity.privateKey);
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  for (const peer of options.peers) addressOf(peer);
  const context = createContext(options, handlers);
  const redialer: Redialer = createRedialer({
    ownPeerId: peerId,
    validator: options.identity.validator !== undefined,
    limits: context.limits,
    now: context.now,
    isTaken: (id) => gate.isTaken(id),
    dial: (peer) => dial(context, host, connections, peer),
  });
  const connections: Connections = createConnections(context, peerId, redialer);
  const gate = createGate(context, peerId, { redialer, connections });
  const host = await createHost(context, privateKey, gate.denies);
  const requests = createRequests(context);

  host.node.addEventListener('connection:open', ({ detail }) => connections.opened(detail));
  host.node.addEventListener('connection:close', ({ detail }) => {
    connections.closed(detail);
    forgetStranger(context, host, detail);
  });
  await handleStreams(context, host, connections, requests);
  try {
    await host.node.start();
  } catch (cause) {
    await stopHost(host);
    throw p2pErrors.listenFailed(options.listen, cause);
  }
  const gossip = startGossip(context, host.pubsub, connections.linkOf);
  const stopWatching = watchHealth(context, gossip);
  for (const peer of options.peers) redialer.add(peer);
  const stop = async (): Promise<void> => {
    redialer.stop();
    stopWatching();
    gossip.stop();
    await stopHost(host);
  };
  return createFacade({ context, host, redialer, requests, gossip, peerId, stop });
}

interface Parts {
  readonly context: NetworkContext;
  readonly host: Host;
  readonly redialer: Redialer;
  readonly requests: Requests;
  readonly gossip: Gossip;
  readonly peerId: string;
  readonly stop: () => Promise<void>;
}

function createFacade({ context, host, redialer, requests, gossip, peerId, stop }: Parts): Network {
  const { links } = context;
  let stopping: Promise<void> | undefined;
  return {
    peerId,
    get listenAddresses() {
      return host.node.getMultiaddrs().map((address) => withoutPeerId(address.toString()));
    },
    peers: () => links.all().map(({ identity }) => identity),
    publishTransactions: gossip.publish,
    sendConsensus(to, message) {
      const sent = links.get(to)?.outgoing.send(message) ?? false;
      if (!sent) context.counters.add('consensus_messages_refused_total');
      return sent;
    },
    request: requests.ask,
    penalize: context.penalize,
    addPeer(peer) {
      addressOf(peer);
      context.configured.set(peer.peerId, peer);
      if (redialer.add(peer)) return;
      context.configured.delete(peer.peerId);
      context.options.log.warn({ peerId: peer.peerId }, 'peer not dialled: too many are dialled already');
    },
    metrics: () => ({ ...context.counters.read(), ...readGauges(context, gossip, requests) }),
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function createContext(options: NetworkOptions, handlers: NetworkHandlers): NetworkContext {
  const limits = { ...NETWORK_LIMITS, ...options.limits };
  const now = (): number => performance.now();
  const configured = new Map(options.peers.map((peer) => [peer.peerId, peer]));
  const context: NetworkContext = {
    options,
    handlers,
    limits,
    now,
    configured,
    counters: createCounters(),
    reputation: createReputation(limits, now),
    links: createPeerLinks(),
    protocols: protocolNames(options.chainTag),
    isThrottled: (peerId) => context.reputation.isCutOff(peerId) && isValidator(context, peerId),
    penalize: (peerId, points, why) => penalize(context, peerId, points, why),
    warnings: createWarnings(options.log),
  };
  return context;
}

function penalize(context: NetworkContext, peerId: string, points: number, why: string): void {
  const { counters, limits, links, options, reputation } = context;
  counters.add('penalties_total');
  options.log.debug({ peerId, points, why }, 'peer penalized');
  if (!reputation.penalize(peerId, points)) return;
  counters.add('cut_offs_total');
  const throttled = isValidator(context, peerId);
  options.log.warn({ peerId, why, forMs: limits.cutOffMs }, throttled ? 'validator throttled' : 'peer cut off');
  const link = links.get(peerId);
  if (link && !throttled) dropConnection(link.connection, `cut off: ${why}`);
}

/** By its proof, or while it is not connected by our own configuration. */
function isValidator({ links, configured }: NetworkContext, peerId: string): boolean {
  const link = links.get(peerId);
  return (link ? link.identity.validator : configured.get(peerId)?.validator) !== undefined;
}

async function dial(
  context: NetworkContext,
  { node }: Host,
  connections: Connections,
  peer: PeerAddress,
): Promise<DialOutcome> {
  const { counters, limits, options } = context;
  if (context.reputation.isCutOff(peer.peerId) && !context.isThrottled(peer.peerId)) return 'unreachable';
  if (options.faults?.isCut(peer.peerId)) return 'unreachable';
  counters.add('dials_total');
  try {
    const connection = await node.dial(addressOf(peer), { signal: AbortSignal.timeout(limits.dialMs) });
    const outcome = await connections.outcomeOf(connection);
    if (outcome.link) return 'connected';
    counters.add('dial_failures_total');
    return outcome.failed;
  } catch (error) {
    counters.add('dial_failures_total');
    options.log.debug({ peerId: peer.peerId, address: peer.multiaddr, reason: reasonOf(error) }, 'dial failed');
    return 'unreachable';
  }
}

/** Streams of each protocol a connection may hold open; the opener of one more is reset without a word. */
const STREAMS = { greeting: 1, consensus: 2 } as const;

async function handleStreams(
  context: NetworkContext,
  host: Host,
  connections: Connections,
  requests: Requests,
): Promise<void> {
  const { limits, options, protocols } = context;
  const whenGreeted = async (stream: Stream, connection: Connection): Promise<PeerLink | undefined> => {
    if (stream.readStatus === 'readable') stream.pause(); // else libp2p reads on, into its buffer
    const { link } = await connections.outcomeOf(connection);
    if (!link) abortStream(stream, 'since its peer was not greeted');
    else if (stream.readStatus === 'paused') stream.resume();
    return link;
  };
  await host.node.handle(protocols.greeting, connections.greetingStream, { maxInboundStreams: STREAMS.greeting });
  await host.node.handle(
    protocols.consensus,
    async (stream, connection) => {
      const link = await whenGreeted(stream, connection);
      if (link) receiveConsensus(context, link, stream);
    },
    { maxInboundStreams: STREAMS.consensus },
  );
  await host.node.handle(
    protocols.request,
    async (stream, connection) => {
      const link = await whenGreeted(stream, connection);
      if (!link || options.faults?.loses(link.identity.peerId)) return; // lost: it never hears of it
      await requests.serve(link, stream);
    },
    // Above what is served, so that one who asks for more is known and not just reset.
    { maxInboundStreams: limits.streams, maxOutboundStreams: limits.requestsPerPeer },
  );
}

/** libp2p remembers every peer id it ever met, and a new one costs nothing: a stranger is forgotten when it leaves. */
function forgetStranger({ configured }: NetworkContext, { node }: Host, { remotePeer }: Connection): void {
  if (configured.has(remotePeer.toString()) || node.getConnections(remotePeer).length > 0) return;
  node.peerStore.delete(remotePeer).catch(() => {}); // it fails while the store closes, and then nothing is kept
}

/** libp2p takes its time to say goodbye; whoever is stopped has none. */
const STOP_MS = 1_500;

async function stopHost({ node }: Host): Promise<void> {
  for (const connection of node.getConnections()) dropConnection(connection, 'this node stops');
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, STOP_MS);
  });
  try {
    await Promise.race([Promise.resolve(node.stop()).catch(() => {}), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

function readGauges(context: NetworkContext, gossip: Gossip, requests: Requests): Record<string, number> {
  const links = context.links.all();
  return {
    heddle_p2p_peers: links.length,
    heddle_p2p_validator_peers: links.filter(({ identity }) => identity.validator !== undefined).length,
    heddle_p2p_gossip_peers: gossip.subscribers().size,
    heddle_p2p_consensus_queued_bytes: links.reduce((sum, { outgoing }) => sum + outgoing.queuedBytes(), 0),
    heddle_p2p_gossip_validations: links.reduce((sum, { validating }) => sum + validating, 0),
    heddle_p2p_requests: requests.inFlight,
  };
}

function addressOf(peer: PeerAddress): Multiaddr {
  try {
    return multiaddr(`${withoutPeerId(peer.multiaddr)}/p2p/${peer.peerId}`);
  } catch (cause) {
    throw p2pErrors.addressMalformed(`${peer.multiaddr} ${peer.peerId}`, cause);
  }
}

function withoutPeerId(address: string): string {
  return address.replace(/\/p2p\/[^/]*$/, '');
}
