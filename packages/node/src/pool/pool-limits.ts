import { defaultLimits, type LimitsOf, limit } from '@heddle/primitives';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What bounds the pool. */
export const POOL_LIMIT_TABLE = {
  transactionCount: limit('transactions', 'count', 50_000, 'of all senders; the cheapest make room', {
    low: 100,
    high: 1_000_000,
  }),
  // Raw bytes plus ENTRY_OVERHEAD_BYTES each.
  totalBytes: limit('size', 'bytes', 128 * MIB, 'of all transactions with their bookkeeping; same', {
    low: MIB,
    high: 4_096 * MIB,
  }),
  // Generous, since a devnet's bursts come from one wallet.
  perAccount: limit('per-account', 'count', 4_096, 'executable and queued transactions of one sender', {
    high: 1_000_000,
  }),
  guaranteedPerAccount: limit(
    'guaranteed-per-account',
    'count',
    16,
    "a sender's executable transactions up to here are never evicted for others",
    { low: 0, high: 1_000_000 },
  ),
  transactionBytes: limit('transaction', 'bytes', 128 * KIB, 'one transaction', { low: KIB, high: MIB }),
  queuedLifetimeMs: limit('queued-time', 'milliseconds', 3 * HOUR, 'how long one behind a nonce gap waits', {
    high: 1_000 * HOUR,
  }),
  unbuildableMs: limit(
    'unbuildable-time',
    'milliseconds',
    10 * MINUTE,
    'how long one that no block could take is refused',
    {
      high: 1_000 * HOUR,
    },
  ),
  regossipMs: limit('regossip', 'milliseconds', 3_000, 'one in no block is gossiped again after this, doubling', {
    low: 100,
    high: HOUR,
  }),
  regossipCapMs: limit('regossip-longest', 'milliseconds', MINUTE, 'longest time between two gossips of one', {
    low: 100,
    high: 24 * HOUR,
  }),
  laneCount: limit('waiting', 'count', 10_000, 'transactions that wait to be judged, of wallets and of peers each', {
    low: 100,
    high: 1_000_000,
  }),
  laneBytes: limit('waiting-size', 'bytes', 32 * MIB, 'the same in bytes; further ones are refused', {
    low: MIB,
    high: 4_096 * MIB,
  }),
} as const;

/** The pool's limits, a number each. */
export type PoolLimits = LimitsOf<typeof POOL_LIMIT_TABLE>;

/** What one pooled transaction costs besides its bytes (decoded fields, map entries), measured roughly. */
export const ENTRY_OVERHEAD_BYTES = 1_024;

/** The limits of every node that is told no others. */
export const DEFAULT_POOL_LIMITS: PoolLimits = defaultLimits(POOL_LIMIT_TABLE);

/** A proposer with more executable transactions than it can take leaves out younger ones: others may lack them. */
export const SETTLED_AGE_MS = 20;
/** A replacement must raise fee cap and tip by this (geth's PriceBump). */
export const REPLACEMENT_PERCENT = 10n;
/** Remembered refusals (too slow, or failed), and transactions kept after they left the pool. */
export const REMEMBERED_COUNT = 10_000;
/** Bytes of the transactions kept after they left the pool, so that a proposal that names them needs no fetch. */
export const RECENT_BYTES = 16 * 1_024 * 1_024;
