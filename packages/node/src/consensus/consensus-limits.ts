import { defaultLimits, type LimitsOf, limit } from '@heddle/primitives';

const MIB = 1_024 * 1_024;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const WAIT = { low: 10, high: 10 * MINUTE } as const;
/** Waits that do not grow are never long enough for a network that is slower than they are. */
const GROWTH = { low: 1, high: 10 * MINUTE } as const;

/** What bounds consensus of one node. Its waits are its own affair: validators may differ in them. */
export const CONSENSUS_LIMIT_TABLE = {
  // Consensus itself takes 10 to 20 ms a height; the rest is for executing a full block twice.
  proposeMs: limit(
    'propose',
    'milliseconds',
    SECOND,
    'how long round 0 waits for a proposal, 0.4 of it to build',
    WAIT,
  ),
  proposeGrowthMs: limit(
    'propose-growth',
    'milliseconds',
    500,
    'how much longer each further round waits for it',
    GROWTH,
  ),
  prevoteMs: limit('prevote', 'milliseconds', 500, 'how long round 0 waits for a majority of prevotes', WAIT),
  prevoteGrowthMs: limit('prevote-growth', 'milliseconds', 250, 'how much longer each further round waits', GROWTH),
  precommitMs: limit('precommit', 'milliseconds', 500, 'how long round 0 waits for a majority of precommits', WAIT),
  precommitGrowthMs: limit('precommit-growth', 'milliseconds', 250, 'how much longer each further round waits', GROWTH),
  // Longer than peers need to find each other again.
  peersWaitMs: limit('peers-wait', 'milliseconds', 3 * SECOND, 'a starting validator waits so long for its peers', {
    low: 0,
    high: 10 * MINUTE,
  }),
  // Research 3.3. A correct peer of a hundred validators has a few hundred messages under way.
  queuedMessages: limit('queued', 'count', 4_096, 'messages of peers that wait; the heaviest peer loses its oldest', {
    low: 64,
  }),
  queuedPerPeer: limit('queued-per-peer', 'count', 1_024, 'the same, of one peer', { low: 16 }),
  // The core and the end of the node wait for a row, and each of its blocks is a job that waits (job-queue.ts).
  rowBlocks: limit('row-blocks', 'count', 16, 'blocks that are executed and stored together while catching up', {
    high: 16,
  }),
  rowBytes: limit('row-size', 'bytes', 2 * MIB, 'the same in bytes; one block may be larger', {
    low: 64 * 1_024,
    high: 256 * MIB,
  }),
  logWaitingBytes: limit('log-waiting', 'bytes', 64 * MIB, 'what waits for a slow disk; then nothing is signed', {
    low: 16 * MIB,
    high: 4_096 * MIB,
  }),
} as const;

/** The limits of consensus, a number each. */
export type ConsensusLimits = LimitsOf<typeof CONSENSUS_LIMIT_TABLE>;

/** The limits of every node that is told no others. */
export const DEFAULT_CONSENSUS_LIMITS: ConsensusLimits = defaultLimits(CONSENSUS_LIMIT_TABLE);
