/** Bounds of the pool. All are counts unless the name ends in a unit. */
export interface PoolLimits {
  /** Transactions of all senders. */
  readonly transactionCount: number;
  /** Raw bytes of all transactions plus {@link ENTRY_OVERHEAD_BYTES} each. */
  readonly totalBytes: number;
  /** Executable and queued transactions of one sender: generous, since a devnet's bursts come from one wallet. */
  readonly perAccount: number;
  /** A sender's executable transactions up to here are never evicted for others. */
  readonly guaranteedPerAccount: number;
  /** One raw transaction (geth's limit). */
  readonly transactionBytes: number;
  /** How long a transaction behind a nonce gap waits. */
  readonly queuedLifetimeMs: number;
  /** How long a transaction that was too slow to build is refused. */
  readonly tooSlowMs: number;
  /** A locally submitted transaction that is not in a block is gossiped again after this; doubles each time. */
  readonly regossipMs: number;
  /** Longest time between two gossips of one transaction. */
  readonly regossipCapMs: number;
}

/** What one pooled transaction costs besides its bytes (decoded fields, map entries), measured roughly. */
export const ENTRY_OVERHEAD_BYTES = 1_024;

/** The limits of every node. */
export const DEFAULT_POOL_LIMITS: PoolLimits = {
  transactionCount: 50_000,
  totalBytes: 128 * 1_024 * 1_024,
  perAccount: 4_096,
  guaranteedPerAccount: 16,
  transactionBytes: 128 * 1_024,
  queuedLifetimeMs: 3 * 3_600_000,
  tooSlowMs: 600_000,
  regossipMs: 3_000,
  regossipCapMs: 60_000,
};

/** A proposer with more executable transactions than it can take leaves out younger ones: others may lack them. */
export const SETTLED_AGE_MS = 20;
/** A replacement must raise fee cap and tip by this (geth's PriceBump). */
export const REPLACEMENT_PERCENT = 10n;
/** Remembered refusals (too slow), and transactions kept after they left the pool. */
export const REMEMBERED_COUNT = 10_000;
/** Bytes of the transactions kept after they left the pool, so that a proposal that names them needs no fetch. */
export const RECENT_BYTES = 16 * 1_024 * 1_024;
