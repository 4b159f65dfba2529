import type { Connection, Stream } from '@libp2p/interface';
import { bytesRate } from './byte-rate.ts';
import type { OutgoingStream } from './consensus-outgoing.ts';
import type { NetworkLimits } from './limits.ts';
import type { PeerIdentity } from './ports.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** A greeted peer and what belongs to its connection. */
export interface PeerLink {
  readonly identity: PeerIdentity;
  readonly connection: Connection;
  readonly outgoing: OutgoingStream;
  /** The peer's consensus stream to us, once it has opened one. */
  incoming: Stream | undefined;
  readonly budget: PeerBudget;
  /** When a consensus frame, heartbeats included, last came. */
  lastReceivedMs: number;
  readonly greetedAtMs: number;
  /** Whether it was in the gossip: then it left it by its own doing. */
  joinedGossip: boolean;
  /** Since when it is connected but not in the gossip. */
  gossipAbsentSinceMs: number | undefined;
  /** Batches of it under judgement, requests of it under way. */
  validating: number;
  serving: number;
}

/** What one peer may send us. */
export interface PeerBudget {
  readonly bytes: TokenBucket;
  readonly batches: TokenBucket;
  readonly transactions: TokenBucket;
  readonly requests: TokenBucket;
  /** Consensus messages, of one that is no validator. */
  readonly messages: TokenBucket;
}

/** The greeted peers by peer id: one connection each. */
export interface PeerLinks {
  get(peerId: string): PeerLink | undefined;
  all(): readonly PeerLink[];
  add(link: PeerLink): void;
  remove(link: PeerLink): void;
  readonly size: number;
}

/** No peers yet. */
export function createPeerLinks(): PeerLinks {
  const links = new Map<string, PeerLink>();
  return {
    get: (peerId) => links.get(peerId),
    all: () => [...links.values()],
    add(link) {
      links.set(link.identity.peerId, link);
    },
    remove(link) {
      links.delete(link.identity.peerId);
    },
    get size() {
      return links.size;
    },
  };
}

/** The full budget of a peer that just connected. */
export function createPeerBudget(limits: NetworkLimits, identity: PeerIdentity, now: () => number): PeerBudget {
  return {
    bytes: createTokenBucket(bytesRate(limits, identity.validator), now),
    batches: createTokenBucket({ perSecond: limits.batchesPerSecond, burst: limits.batchesBurst }, now),
    transactions: createTokenBucket({ perSecond: limits.transactionsPerSecond, burst: limits.transactionsBurst }, now),
    messages: createTokenBucket({ perSecond: limits.otherMessagesPerSecond, burst: limits.otherMessagesBurst }, now),
    requests: createTokenBucket({ perSecond: limits.requestsPerSecond, burst: limits.requestsBurst }, now),
  };
}
