import { build as buildHistogram, type Histogram } from 'hdr-histogram-js';
import type { SeenBlock } from './block-watch.ts';
import type { Scenario } from './scenario.ts';

/** Latency from a slot of the schedule to finality, wall milliseconds. */
export interface LatencyMs {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What became of a load. Rates are transactions a second over the schedule's duration. */
export interface LoadReport {
  readonly scenario: Scenario;
  readonly urls: readonly string[];
  readonly durationSeconds: number;
  readonly senders: number;
  readonly slots: number;
  /** Slots of the schedule without a free sender. */
  readonly missed: number;
  readonly sent: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Seen in a block. Heddle's blocks are final when they are seen. */
  readonly included: number;
  /** Accepted and not final when the report was made. */
  readonly lost: number;
  readonly offeredTps: number;
  readonly acceptedTps: number;
  readonly includedTps: number;
  readonly finalizedTps: number;
  readonly gasPerSecond: number;
  readonly blocks: number;
  /** Mean of gas used / gas limit. */
  readonly fullness: number;
  readonly baseFeeGwei: { readonly lowest: number; readonly highest: number };
  readonly latencyMs: LatencyMs;
  /** Of `heddle_getBlockParallelism`, summed over the load's blocks; undefined on other chains. */
  readonly parallelism: ParallelismSum | undefined;
}

/** How the load's blocks were executed on the node that was asked. */
export interface ParallelismSum {
  readonly blocks: number;
  readonly incarnations: number;
  readonly reExecutions: number;
  readonly runsPerWorker: readonly number[];
  /** The location that cost most, in words. */
  readonly hottest: { readonly location: string; readonly reExecutions: number; readonly gain: number } | undefined;
}

/** Counts while a load runs. */
export class LoadCounts {
  slots = 0;
  missed = 0;
  sent = 0;
  accepted = 0;
  included = 0;
  readonly refused = new Map<string, number>();
  readonly blocks: SeenBlock[] = [];
  readonly #latency: Histogram = buildHistogram({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000 });

  refuse(message: string): void {
    // Values in messages (hashes, balances) would make each one a kind of its own.
    const kind = message.replace(/0x[0-9a-fA-F]+|\d+/g, 'N').slice(0, 100);
    if (this.refused.size < MAX_REFUSAL_KINDS || this.refused.has(kind)) {
      this.refused.set(kind, (this.refused.get(kind) ?? 0) + 1);
    }
  }

  finalize(latencyMs: number): void {
    this.included++;
    this.#latency.recordValue(Math.max(1, Math.round(latencyMs)));
  }

  latency(): LatencyMs {
    const at = (percentile: number) => this.#latency.getValueAtPercentile(percentile);
    return { p50: at(50), p95: at(95), p99: at(99), max: this.#latency.totalCount === 0 ? 0 : this.#latency.maxValue };
  }
}

const MAX_REFUSAL_KINDS = 50;

/** The report of a load that ran for `durationMs` by schedule. */
export function makeReport(
  counts: LoadCounts,
  load: {
    readonly scenario: Scenario;
    readonly urls: readonly string[];
    readonly durationMs: number;
    readonly senders: number;
    readonly finalInTime: number;
    readonly parallelism: ParallelismSum | undefined;
  },
): LoadReport {
  const seconds = load.durationMs / 1_000;
  const { blocks } = counts;
  const fees = blocks.map(({ baseFeePerGas }) => Number(baseFeePerGas) / 1e9);
  const gasUsed = blocks.reduce((sum, block) => sum + Number(block.gasUsed), 0);
  const fullness = blocks.map((block) => Number(block.gasUsed) / Number(block.gasLimit));
  return {
    scenario: load.scenario,
    urls: load.urls,
    durationSeconds: seconds,
    senders: load.senders,
    slots: counts.slots,
    missed: counts.missed,
    sent: counts.sent,
    accepted: counts.accepted,
    refused: Object.fromEntries(counts.refused),
    included: counts.included,
    lost: counts.accepted - counts.included,
    offeredTps: counts.slots / seconds,
    acceptedTps: counts.accepted / seconds,
    includedTps: load.finalInTime / seconds,
    finalizedTps: load.finalInTime / seconds,
    gasPerSecond: gasUsed / spanSeconds(blocks, seconds),
    blocks: blocks.length,
    fullness: fullness.reduce((sum, share) => sum + share, 0) / Math.max(1, fullness.length),
    baseFeeGwei: { lowest: Math.min(...fees, Infinity), highest: Math.max(...fees, 0) },
    latencyMs: counts.latency(),
    parallelism: load.parallelism,
  };
}

/** From the first to the last block, by the headers; the schedule's own length while there are less than two. */
function spanSeconds(blocks: readonly SeenBlock[], fallback: number): number {
  const [first, last] = [blocks[0], blocks.at(-1)];
  const span = first && last ? (last.timestampMs - first.timestampMs) / 1_000 : 0;
  return span > 0 ? span : fallback;
}

/** The report as a table for a terminal. */
export function formatReport(report: LoadReport): string {
  const { latencyMs, parallelism } = report;
  const rows: (readonly [string, string])[] = [
    ['scenario', `${report.scenario}, ${report.durationSeconds} s, ${report.senders} senders`],
    [
      'offered',
      `${tps(report.offeredTps)} (${report.slots} slots; in ${report.missed} every sender still waited for its last transaction)`,
    ],
    ['accepted', `${tps(report.acceptedTps)} (${report.accepted} of ${report.sent} sent)`],
    [
      'included',
      `${tps(report.includedTps)} while transactions were offered (${report.included} by the end, ${report.lost} lost)`,
    ],
    ['finalized', `${tps(report.finalizedTps)} likewise`],
    ['gas', `${(report.gasPerSecond / 1e6).toFixed(1)} Mgas/s, blocks ${(report.fullness * 100).toFixed(0)} % full`],
    ['base fee', `${gwei(report.baseFeeGwei.lowest)} to ${gwei(report.baseFeeGwei.highest)} gwei`],
    [
      'submit to final',
      `p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms, p99 ${latencyMs.p99} ms, max ${latencyMs.max} ms`,
    ],
    ...Object.entries(report.refused).map(([why, count]) => ['refused', `${count} x ${why}`] as const),
  ];
  if (parallelism) {
    const { reExecutions, incarnations, runsPerWorker, hottest } = parallelism;
    rows.push([
      'executed',
      `${incarnations} runs, ${reExecutions} re-executions, by worker ${runsPerWorker.join(' / ')}`,
    ]);
    if (hottest) rows.push(['hottest', `${hottest.location}: ${hottest.reExecutions} re-executions`]);
  }
  return rows.map(([name, value]) => `${name.padEnd(16)} ${value}`).join('\n');
}

/** Without exponents: fees fall to millionths of a gwei on an idle chain. */
function gwei(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3, useGrouping: false });
}

function tps(rate: number): string {
  return `${rate.toFixed(1)} tx/s`;
}
