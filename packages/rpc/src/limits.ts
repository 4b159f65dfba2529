/** What bounds a server; every field has a default in {@link DEFAULT_LIMITS}. */
export interface RpcLimits {
  /** Largest HTTP body and WebSocket message. */
  readonly bodySizeBytes: number;
  /** Largest answer; what does not fit is answered with `response too large`. */
  readonly responseSizeBytes: number;
  readonly batchItemCount: number;
  /** Items of a batch that are not begun by then are answered with `request timed out`. */
  readonly batchTimeoutMs: number;
  /** To send the headers of a request. */
  readonly headersTimeoutMs: number;
  /** To send a whole request. */
  readonly requestTimeoutMs: number;
  /** An idle keep-alive connection is closed then. */
  readonly keepAliveTimeoutMs: number;
  /** A connection on which nothing moves is closed then; above the longest `sendRawTransactionSync`. */
  readonly stalledTimeoutMs: number;
  readonly connectionCount: number;
  /** From one address; loopback is exempt. */
  readonly connectionsPerAddress: number;
  readonly subscriptionsPerConnection: number;
  /** Connections with subscriptions and `sendRawTransactionSync` calls that wait, together. */
  readonly headListenerCount: number;
  /** Blocks kept decoded for answers; a full one takes about 2 MB. */
  readonly blockReadingCount: number;
  /** A WebSocket client that lets more than this pile up is dropped. */
  readonly bufferedBytesPerConnection: number;
  /** Requests of one WebSocket connection in progress; more wait unread in its socket. */
  readonly requestsPerConnection: number;
  /** A client that misses two pings in a row is dropped. */
  readonly pingIntervalMs: number;
  readonly logRangeBlocks: number;
  readonly logResultCount: number;
  readonly logAddressCount: number;
  /** Alternatives for one topic position. */
  readonly logTopicCount: number;
  /** Long scans let other requests pass after this long. */
  readonly sliceMs: number;
  readonly feeHistoryBlocks: number;
  readonly feeHistoryPercentiles: number;
  /** A fee history that takes longer answers with fewer, the newest, blocks. */
  readonly feeHistoryBudgetMs: number;
  readonly sendSyncDefaultMs: number;
  readonly sendSyncMaxMs: number;
}

/** Geth's limits where it has one (`rpc/`, `node/defaults.go`, `eth/filters`), reth's for logs. */
export const DEFAULT_LIMITS: RpcLimits = {
  bodySizeBytes: 5 * 1024 * 1024,
  responseSizeBytes: 25_000_000,
  batchItemCount: 1_000,
  batchTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 90_000,
  connectionCount: 1_000,
  connectionsPerAddress: 200,
  subscriptionsPerConnection: 128,
  headListenerCount: 4_096,
  blockReadingCount: 32,
  bufferedBytesPerConnection: 8 * 1024 * 1024,
  requestsPerConnection: 256,
  pingIntervalMs: 30_000,
  logRangeBlocks: 100_000,
  logResultCount: 20_000,
  logAddressCount: 1_000,
  logTopicCount: 1_000,
  sliceMs: 5,
  feeHistoryBlocks: 1_024,
  feeHistoryPercentiles: 100,
  feeHistoryBudgetMs: 1_000,
  sendSyncDefaultMs: 20_000,
  sendSyncMaxMs: 60_000,
};
