import { defaultLimits, type LimitsOf, limit } from '@heddle/primitives';

/** A token bucket: `perSecond` refill up to `burst`. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const KIB = 1_024;
const MIB = 1_024 * KIB;
const GIB = 1_024 * MIB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TIME = { low: 10, high: 10 * MINUTE } as const;
const RATE_BYTES = { low: KIB, high: 64 * GIB } as const;

/** What bounds the network. Nodes of one chain must agree on the sizes of messages. */
export const NETWORK_LIMIT_TABLE = {
  // A proposal of 5,000 transaction hashes takes 160 KiB.
  consensusMessageBytes: limit('consensus-message', 'bytes', 256 * KIB, 'a consensus message; beyond: -50', {
    low: 200 * KIB,
    high: 16 * MIB,
  }),
  outgoingQueueBytes: limit(
    'outgoing-queue',
    'bytes',
    8 * MIB,
    'what waits for one peer; further messages are left out',
    {
      low: MIB,
      high: GIB,
    },
  ),
  outgoingFullMs: limit('outgoing-full-time', 'milliseconds', 5 * SECOND, 'a peer whose queue stays full is cut', TIME),
  batchBytes: limit('batch', 'bytes', 128 * KIB, 'a gossiped batch of transactions that we send', {
    low: 128 * KIB,
    high: 16 * MIB,
  }),
  batchHardBytes: limit('batch-hard', 'bytes', 256 * KIB, 'a gossiped batch that we take; beyond: -50', {
    low: 129 * KIB,
    high: 16 * MIB,
  }),
  batchTransactions: limit('batch-transactions', 'count', 500, 'transactions in one batch; beyond: -50', {
    high: 65_535,
  }),
  transactionBytes: limit('transaction', 'bytes', 128 * KIB, 'one gossiped transaction; beyond: -50', {
    low: KIB,
    high: MIB,
  }),
  gossipFrameBytes: limit('gossip-frame', 'bytes', MIB, 'a frame of gossip; beyond: -50 and the connection ends', {
    low: 512 * KIB,
    high: 16 * MIB,
  }),
  gossipLossMs: limit(
    'gossip-loss',
    'milliseconds',
    2 * SECOND,
    'a peer that fell out of the gossip is given up',
    TIME,
  ),
  gossipAbsenceMs: limit(
    'gossip-absence',
    'milliseconds',
    5 * SECOND,
    'a peer that never joins the gossip is cut',
    TIME,
  ),
  validations: limit('validations', 'count', 256, 'batches that are judged at once; further ones are ignored'),
  validationsPerPeer: limit('validations-per-peer', 'count', 64, 'the same, of one peer'),
  validationMs: limit('validation-time', 'milliseconds', 10 * SECOND, 'to judge a batch; then it is ignored', TIME),
  requestBytes: limit('request', 'bytes', 64 * KIB, 'a request; beyond: -50', { low: 8 * KIB, high: MIB }),
  responseBytes: limit('response', 'bytes', 5 * MIB, 'an answer to a request; beyond: -50', {
    low: 3 * MIB,
    high: 256 * MIB,
  }),
  blocksRequestMs: limit('blocks-time', 'milliseconds', 20 * SECOND, 'for an answer with blocks', TIME),
  transactionsRequestMs: limit(
    'transactions-time',
    'milliseconds',
    3 * SECOND,
    'for an answer with transactions of a proposal',
    TIME,
  ),
  poolRequestMs: limit('pool-time', 'milliseconds', 5 * SECOND, 'for an answer with a page of the pool', TIME),
  // Who drips holds a place among the requests.
  answerPaceAfterMs: limit(
    'answer-pace-after',
    'milliseconds',
    5 * SECOND,
    'from then on an answer must keep pace',
    TIME,
  ),
  answerPaceBytes: limit('answer-pace', 'bytes', 128 * KIB, 'a second of an answer at least; slower: given up', {
    low: 0,
    high: GIB,
  }),
  requestsPerPeer: limit('requests-per-peer', 'count', 8, 'our requests to one peer at once; more wait'),
  requests: limit('requests', 'count', 64, 'our requests at once; more wait'),
  requestsWaitingPerPeer: limit('requests-waiting', 'count', 32, 'our requests that wait for one peer; more fail'),
  servedPerPeer: limit('served-per-peer', 'count', 16, 'requests of one peer answered at once; further ones: busy'),
  served: limit('served', 'count', 64, 'requests answered at once; further ones: busy'),
  greetingBytes: limit('greeting', 'bytes', 512, 'a greeting; beyond: -50', { low: 512, high: 64 * KIB }),
  greetingMs: limit('greeting-time', 'milliseconds', 3 * SECOND, 'to greet on a connection', TIME),
  handshakeMs: limit('handshake-time', 'milliseconds', 5 * SECOND, 'to secure an inbound connection', TIME),
  dialMs: limit('dial-time', 'milliseconds', 3 * SECOND, 'to connect to a peer', TIME),
  connections: limit('connections', 'count', 128, 'open connections; further ones are refused', { high: 10_000 }),
  ungreeted: limit('ungreeted', 'count', 48, 'connections whose greeting is under way; then configured peers only', {
    high: 10_000,
  }),
  inboundPerSecond: limit('inbound', 'count', 50, 'connections a second from one loopback or private address', {
    high: 10_000,
  }),
  publicInboundPerSecond: limit('inbound-public', 'count', 5, 'the same, from any other address', { high: 10_000 }),
  streams: limit('streams', 'count', 64, 'open streams of one connection; further ones are reset, many of them: cut', {
    low: 32,
    high: 1_024,
  }),
  dialledPeers: limit('dialled-peers', 'count', 128, 'peers that are dialled; further ones are not', { high: 10_000 }),
  // One message a second is sent at least.
  silenceMs: limit('silence', 'milliseconds', 4 * SECOND, 'a peer from which nothing comes is cut', {
    low: 2 * SECOND,
    high: 10 * MINUTE,
  }),
  cutOffScore: limit('cut-off-score', 'count', 100, 'penalty points that cut a peer off; one is forgiven each second', {
    high: 1_000_000_000,
  }),
  cutOffMs: limit('cut-off-time', 'milliseconds', MINUTE, 'how long (validators are served sparingly instead)', {
    high: 24 * 60 * MINUTE,
  }),
  validatorBytesPerSecond: limit(
    'validator-bytes',
    'bytes',
    32 * MIB,
    'a second, of one validator; then it is read later',
    RATE_BYTES,
  ),
  validatorBytesBurst: limit('validator-bytes-burst', 'bytes', 64 * MIB, 'at once, of one validator', RATE_BYTES),
  otherBytesPerSecond: limit(
    'other-bytes',
    'bytes',
    8 * MIB,
    'a second, of any other peer; then it is read later',
    RATE_BYTES,
  ),
  otherBytesBurst: limit('other-bytes-burst', 'bytes', 16 * MIB, 'at once, of any other peer', RATE_BYTES),
  // It says where it is: at each block, and when asked. The budget comes back by time, so a peer that floods a slow thread
  // is cut off only if that thread takes more of its messages in a second than this.
  otherMessagesPerSecond: limit(
    'other-messages',
    'count',
    100,
    'consensus messages a second of a peer that is no validator: -1',
  ),
  otherMessagesBurst: limit('other-messages-burst', 'count', 400, 'the same at once'),
  batchesPerSecond: limit('batches', 'count', 400, 'batches a second of one peer; further ones are ignored'),
  batchesBurst: limit('batches-burst', 'count', 800, 'batches at once of one peer'),
  transactionsPerSecond: limit('transactions', 'count', 20_000, 'gossiped transactions a second of one peer; same'),
  transactionsBurst: limit('transactions-burst', 'count', 40_000, 'gossiped transactions at once of one peer'),
  requestsPerSecond: limit('requests-in', 'count', 50, 'requests a second of one peer; further ones: busy'),
  requestsBurst: limit('requests-in-burst', 'count', 100, 'requests at once of one peer'),
} as const;

/** The network's limits, a number each. */
export type NetworkLimits = LimitsOf<typeof NETWORK_LIMIT_TABLE>;

/** The limits of every network that is told no others. */
export const NETWORK_LIMITS: NetworkLimits = defaultLimits(NETWORK_LIMIT_TABLE);

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
