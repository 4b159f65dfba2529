import type { Address, Hash } from '@heddle/primitives';
import type { NetworkLimits } from './limits.ts';
import type { LinkFaults } from './link-faults.ts';

/** A node of the same chain, as configured. */
export interface PeerAddress {
  /** libp2p peer id. */
  readonly peerId: string;
  /** Without /p2p/…, for example /ip4/127.0.0.1/tcp/30303 or /dns4/v1/tcp/30303. */
  readonly multiaddr: string;
  /** The validator whose key must sign for this peer; undefined for a full node. */
  readonly validator: Address | undefined;
}

/** What a peer said of itself when it connected; checked against the chain and, for a validator, its signature. */
export interface PeerIdentity {
  readonly peerId: string;
  readonly validator: Address | undefined;
  /** Its last decided height at that moment. */
  readonly height: number;
}

/** How this node proves who it is. */
export interface LocalIdentity {
  /** libp2p private key, protobuf form. */
  readonly privateKey: Uint8Array;
  readonly validator: Address | undefined;
  /** Signs a 32-byte digest with the validator key; undefined on a full node. */
  readonly sign: ((digest: Uint8Array) => Uint8Array) | undefined;
}

/** What to do with a gossiped batch of transactions. `reject` costs the sender. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject';

/** A request that one peer answers; `payload` is the asker's and the answerer's own encoding. */
export interface NetworkRequest {
  readonly kind: 'blocks' | 'transactions' | 'pool';
  readonly payload: Uint8Array;
}

/** What the node supplies. No method may throw; each is called on the thread that runs the network. */
export interface NetworkHandlers {
  /** A gossiped batch of raw transactions, views on one piece of memory; resolves within seconds. */
  onTransactions(batch: readonly Uint8Array[], from: string): Promise<GossipVerdict>;
  /** A message on the consensus stream: tag byte and body are the node's own encoding. False: malformed, costs score. */
  onConsensusMessage(message: Uint8Array, from: PeerIdentity): boolean;
  /** Answers a request; undefined: cannot. */
  onRequest(request: NetworkRequest, from: PeerIdentity): Promise<Uint8Array | undefined>;
  onPeerConnected(peer: PeerIdentity): void;
  onPeerDisconnected(peer: PeerIdentity): void;
  /** The local height for the greeting. */
  height(): number;
}

/** The running network. */
export interface Network {
  readonly peerId: string;
  /** Addresses others can dial, without /p2p/…. */
  readonly listenAddresses: readonly string[];
  peers(): readonly PeerIdentity[];
  /** Gossips raw transactions; splits into batches under the size limit. */
  publishTransactions(batch: readonly Uint8Array[]): void;
  /**
   * Queues a message on the consensus stream to one peer, in order, at most `limits.outgoingQueueBytes` waiting.
   * False: not connected or the queue is full; the caller's per-peer state decides what to send again.
   */
  sendConsensus(peerId: string, message: Uint8Array): boolean;
  /**
   * @throws HeddleError `P2P_REQUEST_FAILED` when the peer is gone, too slow or answers nothing; its cause, where it has
   * a code of ours, tells which.
   */
  request(peerId: string, request: NetworkRequest): Promise<Uint8Array>;
  /** Counts an offence: at -100 the peer is cut off for 60 s (validators are only throttled). */
  penalize(peerId: string, points: number, why: string): void;
  addPeer(peer: PeerAddress): void;
  metrics(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** What the network is told at start. */
export interface NetworkOptions {
  readonly chainTag: Hash;
  readonly identity: LocalIdentity;
  /** For example /ip4/127.0.0.1/tcp/0. */
  readonly listen: string;
  readonly announce: readonly string[];
  readonly peers: readonly PeerAddress[];
  /** Addresses of the validator set: who else may claim to be one. */
  readonly validators: readonly Address[];
  readonly maxFullNodes: number;
  /** Bounds that differ from `NETWORK_LIMITS`. */
  readonly limits?: Partial<NetworkLimits>;
  /** Faults made on purpose; undefined: none, and none can be made. */
  readonly faults?: LinkFaults | undefined;
  readonly log: NetworkLog;
}

/** The logger's shape (pino fits). */
export interface NetworkLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
