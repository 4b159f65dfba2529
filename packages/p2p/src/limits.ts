/** Every bound of the room: sizes in bytes, times in milliseconds, rates per second and peer with their burst. */
export interface NetworkLimits {
  /** One message on the consensus stream. A proposal of 5,000 transaction hashes takes 160 KiB. */
  readonly consensusMessageBytes: number;
  /** Waiting on the consensus stream to one peer; above it `sendConsensus` answers false. */
  readonly outgoingQueueBytes: number;
  /** A queue that stays full so long belongs to a peer that does not read: it is disconnected. */
  readonly outgoingFullMs: number;
  /** What one published batch may weigh; larger lists are split. */
  readonly batchBytes: number;
  /** What a received batch may weigh before its sender is penalized. */
  readonly batchHardBytes: number;
  readonly batchTransactions: number;
  readonly transactionBytes: number;
  /** One gossipsub frame; it can carry several messages. Above it gossipsub drops the peer. */
  readonly gossipFrameBytes: number;
  /** Received batches that the node judges at once: of all peers, and of one. */
  readonly validations: number;
  readonly validationsPerPeer: number;
  readonly validationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestTimeoutMs: Readonly<Record<'blocks' | 'transactions' | 'pool', number>>;
  /** An answer that comes more slowly, or not at all, is given up: who drips holds a place among the requests. */
  readonly answerPace: { readonly afterMs: number; readonly bytesPerSecond: number };
  /** Own requests: at one peer at once, of all peers at once, and waiting for a place at one peer. */
  readonly requestsPerPeer: number;
  readonly requests: number;
  readonly requestsWaitingPerPeer: number;
  /** Requests of others that are answered at once: of one peer, and of all. */
  readonly servedPerPeer: number;
  readonly served: number;
  readonly greetingBytes: number;
  readonly greetingMs: number;
  readonly dialMs: number;
  readonly connections: number;
  /** Connections whose greeting is under way; above it only configured peers are let in. */
  readonly ungreeted: number;
  /** Peers that are dialled; further ones are refused by `addPeer`. */
  readonly dialledPeers: number;
  /** A peer from which nothing came for so long is disconnected; one message a second is sent at least. */
  readonly silenceMs: number;
  /** A connected peer that stays out of the gossip for so long is disconnected, since gossipsub does not repair that. */
  readonly gossipAbsenceMs: number;
  /** Score at which a peer is cut off, and for how long. Scores rise by one a second up to 0. */
  readonly cutOffScore: number;
  readonly cutOffMs: number;
  readonly rates: Readonly<Record<'validatorBytes' | 'otherBytes' | 'batches' | 'transactions' | 'requests', Rate>>;
}

/** A token bucket: `perSecond` refill up to `burst`. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** The limits of every network that is not a test. */
export const NETWORK_LIMITS: NetworkLimits = {
  consensusMessageBytes: 256 * KIB,
  outgoingQueueBytes: 8 * MIB,
  outgoingFullMs: 5_000,
  batchBytes: 128 * KIB,
  batchHardBytes: 256 * KIB,
  batchTransactions: 500,
  transactionBytes: 128 * KIB,
  gossipFrameBytes: MIB,
  validations: 256,
  validationsPerPeer: 64,
  validationMs: 10_000,
  requestBytes: 64 * KIB,
  responseBytes: 5 * MIB,
  requestTimeoutMs: { blocks: 20_000, transactions: 3_000, pool: 5_000 },
  answerPace: { afterMs: 5_000, bytesPerSecond: 128 * KIB },
  requestsPerPeer: 8,
  requests: 64,
  requestsWaitingPerPeer: 32,
  servedPerPeer: 16,
  served: 64,
  greetingBytes: 512,
  greetingMs: 3_000,
  dialMs: 3_000,
  connections: 128,
  ungreeted: 48,
  dialledPeers: 128,
  silenceMs: 4_000,
  gossipAbsenceMs: 5_000,
  cutOffScore: -100,
  cutOffMs: 60_000,
  rates: {
    validatorBytes: { perSecond: 32 * MIB, burst: 64 * MIB },
    otherBytes: { perSecond: 8 * MIB, burst: 16 * MIB },
    batches: { perSecond: 400, burst: 800 },
    transactions: { perSecond: 20_000, burst: 40_000 },
    requests: { perSecond: 50, burst: 100 },
  },
};

/** What offences cost. */
export const PENALTY = {
  /** A frame, batch or greeting that cannot be read: the second one cuts off. */
  malformed: 50,
  oversized: 50,
  /** A readable message that the node calls malformed, or a batch it rejects. */
  rejected: 20,
  forgedProof: 100,
  /** A batch beyond the rate, of a peer that is no validator: they are dropped in any case. */
  flooding: 1,
} as const;
