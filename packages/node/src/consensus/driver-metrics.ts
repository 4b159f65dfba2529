import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Longest time between blocks that the histogram tells apart: an hour. */
const LONGEST_MS = 3_600_000;

/** Counters of the driver; names are Prometheus' without the room's prefix. */
export interface DriverCounters {
  votesReceived: number;
  proposalsReceived: number;
  messagesDropped: number;
  messagesMalformed: number;
  proposalsRefused: number;
  proposalsUntimely: number;
  rounds: number;
  blocksDecided: number;
  blocksFetched: number;
  signaturesRefused: number;
  evidence: number;
  diskFailures: number;
}

/** Figures for `/metrics`, plain numbers by name. */
export class DriverMetrics {
  readonly count: DriverCounters = {
    votesReceived: 0,
    proposalsReceived: 0,
    messagesDropped: 0,
    messagesMalformed: 0,
    proposalsRefused: 0,
    proposalsUntimely: 0,
    rounds: 0,
    blocksDecided: 0,
    blocksFetched: 0,
    signaturesRefused: 0,
    evidence: 0,
    diskFailures: 0,
  };
  readonly #intervals = millisecondHistogram();
  readonly #signing = millisecondHistogram();
  #lastMs: number | undefined;

  /** A block was stored at `nowMs`. */
  stored(nowMs: number): void {
    if (this.#lastMs !== undefined) {
      this.#intervals.record(Math.min(Math.max(1, Math.round(nowMs - this.#lastMs)), LONGEST_MS));
    }
    this.#lastMs = nowMs;
  }

  /** Signing took so long: the log and the signer's state, each on the disk. */
  signed(tookMs: number): void {
    this.#signing.record(Math.min(Math.max(1, Math.round(tookMs)), LONGEST_MS));
  }

  /** All figures, together with the gauges given. */
  figures(gauges: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    const { count } = this;
    return {
      ...gauges,
      heddle_consensus_votes_received_total: count.votesReceived,
      heddle_consensus_proposals_received_total: count.proposalsReceived,
      heddle_consensus_messages_dropped_total: count.messagesDropped,
      heddle_consensus_messages_malformed_total: count.messagesMalformed,
      heddle_consensus_proposals_refused_total: count.proposalsRefused,
      heddle_consensus_proposals_untimely_total: count.proposalsUntimely,
      heddle_consensus_rounds_total: count.rounds,
      heddle_consensus_blocks_decided_total: count.blocksDecided,
      heddle_consensus_blocks_fetched_total: count.blocksFetched,
      heddle_consensus_signatures_refused_total: count.signaturesRefused,
      heddle_consensus_evidence_total: count.evidence,
      heddle_consensus_disk_failures_total: count.diskFailures,
      ...quantiles('heddle_consensus_block_interval_seconds', this.#intervals),
      ...quantiles('heddle_consensus_signing_seconds', this.#signing),
    };
  }
}

function millisecondHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: LONGEST_MS, figures: 2 });
}

function quantiles(name: string, histogram: RecordableHistogram): Readonly<Record<string, number>> {
  const at = (percent: number) => histogram.percentile(percent) / 1_000;
  return {
    [`${name}_count`]: histogram.count,
    [`${name}_p50`]: at(50),
    [`${name}_p95`]: at(95),
    [`${name}_p99`]: at(99),
    [`${name}_max`]: histogram.max / 1_000,
  };
}
