/** Figures by metric name; names that end in `_total` count since the start, the others stand where they stand now. */
export type Figures = Readonly<Record<string, number>>;

/** `figures` in Prometheus' text format 0.0.4. */
export function metricsText(figures: Figures): string {
  const blocks = Object.entries(figures).map(([name, value]) => {
    const type = name.endsWith('_total') ? 'counter' : 'gauge';
    return `# HELP ${name} ${helpOf(name)}\n# TYPE ${name} ${type}\n${name} ${sampleOf(value)}\n`;
  });
  return blocks.join('\n');
}

/** `heddle_p2p_frames_dropped_total` -> `p2p: frames dropped`. */
function helpOf(name: string): string {
  const [, room = '', ...words] = name.split('_');
  return `${room}: ${words.filter((word) => word !== 'total').join(' ')}`;
}

/** As Go writes floats, whose words for what is no number are others than JavaScript's. */
function sampleOf(value: number): string {
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
