import { describe, expect, it } from 'vitest';
import { metricsText } from '../src/metrics.ts';

/** The text format, version 0.0.4: per metric a HELP line, a TYPE line and one sample. */
function parse(text: string) {
  expect(text.endsWith('\n')).toBe(true);
  const blocks = text.trimEnd().split('\n\n');
  return blocks.map((block) => {
    const [help = '', type = '', sample = '', ...rest] = block.split('\n');
    expect(rest).toEqual([]);
    const [, name = ''] = /^# HELP ([a-z0-9_]+) \S.*$/.exec(help) ?? [];
    const [, kind] = new RegExp(`^# TYPE ${name} (counter|gauge)$`).exec(type) ?? [];
    const [, value] = new RegExp(`^${name} (-?[0-9.e+]+)$`).exec(sample) ?? [];
    return { name, kind, help: help.slice(`# HELP ${name} `.length), value: Number(value) };
  });
}

describe('the metrics of a node', () => {
  it('are valid Prometheus text: what ends in _total counts, the rest stands where it stands', () => {
    const text = metricsText({
      heddle_p2p_frames_dropped_total: 3,
      heddle_consensus_round: -1,
      heddle_executor_execution_seconds_total: 0.25,
      heddle_node_resident_bytes: 123_456_789,
    });
    expect(parse(text)).toEqual([
      { name: 'heddle_p2p_frames_dropped_total', kind: 'counter', help: 'p2p: frames dropped', value: 3 },
      { name: 'heddle_consensus_round', kind: 'gauge', help: 'consensus: round', value: -1 },
      {
        name: 'heddle_executor_execution_seconds_total',
        kind: 'counter',
        help: 'executor: execution seconds',
        value: 0.25,
      },
      { name: 'heddle_node_resident_bytes', kind: 'gauge', help: 'node: resident bytes', value: 123_456_789 },
    ]);
  });

  it('have words of their own for what is no number', () => {
    const text = metricsText({ heddle_a_b: Number.POSITIVE_INFINITY, heddle_a_c: -1 / 0, heddle_a_d: Number.NaN });
    expect(text.match(/^heddle.*$/gm)).toEqual(['heddle_a_b +Inf', 'heddle_a_c -Inf', 'heddle_a_d NaN']);
  });
});
