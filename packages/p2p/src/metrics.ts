const COUNTERS = [
  'dials_total',
  'dial_failures_total',
  'connections_total',
  'disconnections_total',
  'greetings_refused_total',
  'penalties_total',
  'cut_offs_total',
  'gossip_batches_sent_total',
  'gossip_batches_received_total',
  'gossip_batches_accepted_total',
  'gossip_batches_ignored_total',
  'gossip_batches_rejected_total',
  'gossip_batches_malformed_total',
  'gossip_publish_failures_total',
  'gossip_transactions_left_out_total',
  'received_bytes_total',
  'consensus_messages_sent_total',
  'consensus_messages_received_total',
  'consensus_messages_refused_total',
  'consensus_sent_bytes_total',
  'consensus_received_bytes_total',
  'consensus_streams_lost_total',
  'frames_oversized_total',
  'messages_malformed_total',
  'requests_sent_total',
  'request_failures_total',
  'requests_served_total',
  'requests_refused_total',
  'throttled_total',
] as const;

/** The name of a counter, without the prefix `heddle_p2p_`. */
export type CounterName = (typeof COUNTERS)[number];

/** The room's counters; gauges are read where they live. */
export interface Counters {
  add(name: CounterName, amount?: number): void;
  /** All counters under their exported names. */
  read(): Record<string, number>;
}

/** Counters at zero, all of them present from the start. */
export function createCounters(): Counters {
  const values = new Map<CounterName, number>(COUNTERS.map((name) => [name, 0]));
  return {
    add(name, amount = 1) {
      values.set(name, (values.get(name) ?? 0) + amount);
    },
    read: () => Object.fromEntries([...values].map(([name, value]) => [`heddle_p2p_${name}`, value])),
  };
}
