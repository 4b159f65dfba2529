import { defaultLimits, type LimitsOf, limit } from '@heddle/primitives';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * What bounds the server. Geth's values where it has one (`rpc/`, `node/defaults.go`, `eth/filters`); a time ends at an
 * hour at most, a size where Node's strings end.
 */
export const RPC_LIMIT_TABLE = {
  bodySizeBytes: limit('body', 'bytes', 5 * MIB, 'largest HTTP body and WebSocket message; beyond: 413, close 1009', {
    low: KIB,
    high: 256 * MIB,
  }),
  responseSizeBytes: limit('response', 'bytes', 25_000_000, 'largest answer to a request or batch; beyond: -32003', {
    low: KIB,
    high: 256 * MIB,
  }),
  proofSlotCount: limit('proof-slots', 'count', 1_024, 'storage keys of one eth_getProof; beyond: -32602', {
    high: 100_000,
  }),
  batchItemCount: limit('batch-items', 'count', 1_000, 'calls in one batch; beyond: -32600 for the whole batch'),
  answerTimeoutMs: limit('answer-time', 'milliseconds', 30 * SECOND, 'a batch or log search ends then: -32002', {
    high: 60 * MINUTE,
  }),
  turnMs: limit('turn', 'milliseconds', 200, 'a long request is refused while others wait longer than this: -32005', {
    high: MINUTE,
  }),
  sliceMs: limit('slice', 'milliseconds', 5, 'a long request lets others pass after this', { high: SECOND }),
  headersTimeoutMs: limit('header-time', 'milliseconds', 10 * SECOND, 'to send the headers of a request: 408', {
    low: 100,
    high: 60 * MINUTE,
  }),
  requestTimeoutMs: limit('request-time', 'milliseconds', 30 * SECOND, 'to send a whole request: 408', {
    low: 100,
    high: 60 * MINUTE,
  }),
  writeTimeoutMs: limit('write-time', 'milliseconds', 30 * SECOND, 'a client that takes nothing of its answer is cut', {
    low: 100,
    high: 60 * MINUTE,
  }),
  keepAliveTimeoutMs: limit('idle-time', 'milliseconds', 65 * SECOND, 'between two requests on one HTTP connection', {
    low: 100,
    high: 60 * MINUTE,
  }),
  stalledTimeoutMs: limit('stalled-time', 'milliseconds', 90 * SECOND, 'an HTTP connection on which nothing moves', {
    low: 100,
    high: 120 * MINUTE,
  }),
  connectionCount: limit('connections', 'count', 1_000, 'open connections; further ones are dropped', {
    high: 100_000,
  }),
  connectionsPerAddress: limit(
    'connections-per-address',
    'count',
    200,
    'the same, of one address; loopback is exempt',
    {
      high: 100_000,
    },
  ),
  requestsPerConnection: limit(
    'websocket-requests',
    'count',
    256,
    'requests of one WebSocket in progress; more wait unread in its socket',
  ),
  bufferedBytesPerConnection: limit(
    'websocket-buffer',
    'bytes',
    8 * MIB,
    'a WebSocket client that leaves more than this unread is cut',
    { low: 64 * KIB, high: 1_024 * MIB },
  ),
  pingIntervalMs: limit('ping', 'milliseconds', 30 * SECOND, 'between pings; a client that misses two is cut', {
    low: 10,
    high: 60 * MINUTE,
  }),
  subscriptionsPerConnection: limit('subscriptions', 'count', 128, 'of one WebSocket; beyond: -32005'),
  headListenerCount: limit(
    'head-listeners',
    'count',
    4_096,
    'connections with subscriptions and eth_sendRawTransactionSync calls that wait; beyond: -32005',
  ),
  blockReadingCount: limit('decoded-blocks', 'count', 32, 'blocks kept decoded for answers, up to 2 MB each', {
    high: 4_096,
  }),
  logRangeBlocks: limit('log-range', 'count', Number.POSITIVE_INFINITY, 'blocks in one log search; beyond: -32602'),
  logResultCount: limit('log-results', 'count', Number.POSITIVE_INFINITY, 'logs in one answer; beyond: -32602'),
  logAddressCount: limit('log-addresses', 'count', 1_000, 'addresses in one filter; beyond: -32602'),
  logTopicCount: limit('log-topics', 'count', 1_000, 'alternatives for one topic; beyond: -32602'),
  feeHistoryBlocks: limit('fee-history-blocks', 'count', 1_024, 'blocks in one fee history; more are left out'),
  feeHistoryPercentiles: limit('fee-history-percentiles', 'count', 100, 'of one fee history; beyond: -32000'),
  feeHistoryBudgetMs: limit('fee-history-time', 'milliseconds', SECOND, 'after this, older blocks are left out', {
    high: MINUTE,
  }),
  sendSyncDefaultMs: limit('send-sync-time', 'milliseconds', 20 * SECOND, 'eth_sendRawTransactionSync waits so long', {
    high: 60 * MINUTE,
  }),
  sendSyncMaxMs: limit('send-sync-longest', 'milliseconds', 60 * SECOND, 'the longest that a caller may ask for', {
    high: 60 * MINUTE,
  }),
} as const;

/** The server's limits, a number each. */
export type RpcLimits = LimitsOf<typeof RPC_LIMIT_TABLE>;

/** The limits of every server that is told no others. */
export const DEFAULT_LIMITS: RpcLimits = defaultLimits(RPC_LIMIT_TABLE);
