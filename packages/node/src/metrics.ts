import { Counter, Gauge, Registry } from 'prom-client';

/** Figures by metric name; names that end in `_total` count since the start, the others stand where they stand now. */
export type Figures = Readonly<Record<string, number>>;

/**
 * The Prometheus text of `figures`. Rooms count for themselves (a counter of prom-client costs 200 ns a step on a hot
 * path); this registry lives for one scrape.
 */
export function metricsText(figures: Figures): Promise<string> {
  const registry = new Registry();
  for (const [name, value] of Object.entries(figures)) {
    const options = { name, help: helpOf(name), registers: [registry] };
    if (name.endsWith('_total')) new Counter(options).inc(value);
    else new Gauge(options).set(value);
  }
  return registry.metrics();
}

/** `heddle_p2p_frames_dropped_total` -> `p2p: frames dropped`. */
function helpOf(name: string): string {
  const [, room = '', ...words] = name.split('_');
  return `${room}: ${words.filter((word) => word !== 'total').join(' ')}`;
}
