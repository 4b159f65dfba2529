import type { Connection, Stream } from '@libp2p/interface';
import type { RefusalReason } from './codec/greeting.ts';
import { openOutgoingStream } from './consensus-outgoing.ts';
import { type GreetingOutcome, greetAsDialer, greetAsListener } from './greeting.ts';
import { dropConnection, type NetworkContext } from './network-context.ts';
import { createPeerBudget, type PeerLink } from './peer-link.ts';
import type { PeerIdentity } from './ports.ts';
import type { Redialer } from './redialer.ts';
import { abortStream } from './stream-io.ts';

/** From an open libp2p connection to a greeted peer and back. */
export interface Connections {
  opened(connection: Connection): void;
  closed(connection: Connection): void;
  /** Takes the greeting that a dialer sends. */
  greetingStream(stream: Stream, connection: Connection): Promise<void>;
  /** How the greeting on a connection ends; bounded by the greeting's time. */
  outcomeOf(connection: Connection): Promise<LinkOutcome>;
  /** The greeted peer, waiting for a greeting under way; undefined: none. */
  linkOf(peerId: string): Promise<PeerLink | undefined>;
  /** Whether a connection of the peer is open, greeted or not. */
  has(peerId: string): boolean;
  /** Connections whose greeting is under way. */
  readonly ungreeted: number;
}

/** How a greeting ended, with the link it made. */
export type LinkOutcome =
  | { readonly link: PeerLink; readonly failed?: undefined }
  | { readonly failed: RefusalReason | 'unreachable'; readonly link?: undefined };

interface Pending {
  readonly connection: Connection;
  readonly outcome: Promise<LinkOutcome>;
  readonly settle: (outcome: LinkOutcome) => void;
  readonly timer: NodeJS.Timeout;
  greeting: boolean;
}

/** A refused dialer gets this long to read why and to hang up. */
const HANG_UP_MS = 500;

/** No connections yet. `ownPeerId` and the loop that dials come with the host. */
export function createConnections(context: NetworkContext, ownPeerId: string, redialer: Redialer): Connections {
  const { links, counters, handlers, limits, options } = context;
  const pendings = new Map<string, Pending>();

  const pendingOf = (peerId: string): Pending | undefined =>
    [...pendings.values()].find(({ connection }) => connection.remotePeer.toString() === peerId && isOpen(connection));
  const finish = (pending: Pending, greeted: GreetingOutcome): void => {
    const { connection } = pending;
    clearTimeout(pending.timer);
    const outcome: LinkOutcome = greeted.identity
      ? admit(context, redialer, connection, greeted.identity)
      : { failed: greeted.failed };
    pending.settle(outcome);
    if (outcome.link) return;
    const drop = (): void => dropConnection(connection, `greeting failed: ${outcome.failed}`);
    if (connection.direction === 'outbound') drop();
    else setTimeout(drop, HANG_UP_MS).unref();
  };

  return {
    opened(connection) {
      const pending = createPending(connection, limits.greetingMs);
      pendings.set(connection.id, pending);
      if (connection.direction === 'inbound') return;
      pending.greeting = true;
      void greetAsDialer(context, connection, ownPeerId).then((outcome) => finish(pending, outcome));
    },
    closed(connection) {
      const pending = pendings.get(connection.id);
      pendings.delete(connection.id);
      clearTimeout(pending?.timer);
      pending?.settle({ failed: 'unreachable' });
      const link = links.get(connection.remotePeer.toString());
      if (link?.connection !== connection) return;
      links.remove(link);
      link.outgoing.close();
      counters.add('disconnections_total');
      options.log.debug({ ...link.identity }, 'peer disconnected');
      handlers.onPeerDisconnected(link.identity);
      redialer.disconnected(link.identity.peerId);
    },
    async greetingStream(stream, connection) {
      const pending = pendings.get(connection.id);
      if (!pending || pending.greeting || connection.direction === 'outbound') {
        return abortStream(stream, 'since the greeting was over');
      }
      pending.greeting = true;
      finish(pending, await greetAsListener(context, connection, stream, ownPeerId));
    },
    async outcomeOf(connection) {
      return (await pendings.get(connection.id)?.outcome) ?? { failed: 'unreachable' };
    },
    async linkOf(peerId) {
      const link = links.get(peerId);
      if (link) return link;
      const outcome = await pendingOf(peerId)?.outcome;
      return outcome?.link ?? links.get(peerId);
    },
    has: (peerId) => pendingOf(peerId) !== undefined,
    get ungreeted() {
      return pendings.size - links.size;
    },
  };
}

function admit(
  context: NetworkContext,
  redialer: Redialer,
  connection: Connection,
  identity: PeerIdentity,
): LinkOutcome {
  const { links, counters, handlers, options, warnings } = context;
  if (!isOpen(connection)) return { failed: 'unreachable' };
  if (links.get(identity.peerId)) return { failed: 'duplicate' };
  const link = createLink(context, connection, identity);
  links.add(link);
  counters.add('connections_total');
  redialer.connected(identity.peerId);
  warnings.clear(identity.peerId);
  options.log.debug({ ...identity, address: connection.remoteAddr.toString() }, 'peer connected');
  handlers.onPeerConnected(identity);
  return { link };
}

function createPending(connection: Connection, greetingMs: number): Pending {
  let settle: (outcome: LinkOutcome) => void = () => {};
  const outcome = new Promise<LinkOutcome>((resolve) => {
    settle = resolve;
  });
  const timer = setTimeout(() => dropConnection(connection, 'no greeting in time'), greetingMs);
  return { connection, outcome, settle, timer, greeting: false };
}

function isOpen(connection: Connection): boolean {
  return connection.status === 'open';
}

function createLink(context: NetworkContext, connection: Connection, identity: PeerIdentity): PeerLink {
  const { limits, counters, now, protocols } = context;
  const outgoing = openOutgoingStream({
    connection,
    protocol: protocols.consensus,
    limits,
    counters,
    now,
    onFailed: (why) => dropConnection(connection, why),
  });
  return {
    identity,
    connection,
    outgoing,
    incoming: undefined,
    budget: createPeerBudget(limits, identity, now),
    lastReceivedMs: now(),
    greetedAtMs: now(),
    joinedGossip: false,
    gossipAbsentSinceMs: undefined,
    validating: 0,
    serving: 0,
  };
}
