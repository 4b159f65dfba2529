/** How a call ended: with a result, with an error for the caller, or by a fault of ours. */
export type CallEnd = 'answered' | 'refused' | 'failed';

/** The server's own figures. */
export interface RpcFigures {
  /** Counts one call. `method` must come from the table: names from outside would grow without bound. */
  count(method: string, end: CallEnd, durationMs: number): void;
  /** A connection that was cut: `backlog`, `ping`, `refused`. */
  countDrop(reason: 'backlog' | 'ping' | 'refused'): void;
  readonly gauges: { connections: number; websockets: number; subscriptions: number };
  /** Prometheus text. */
  text(): string;
}

/** Fresh figures, all zero. */
export function createRpcFigures(): RpcFigures {
  const calls = new Map<string, { count: number; seconds: number }>();
  const drops = new Map<string, number>();
  const gauges = { connections: 0, websockets: 0, subscriptions: 0 };
  return {
    gauges,
    count(method, end, durationMs) {
      const key = `method="${method}",end="${end}"`;
      const entry = calls.get(key) ?? { count: 0, seconds: 0 };
      entry.count++;
      entry.seconds += durationMs / 1_000;
      calls.set(key, entry);
    },
    countDrop(reason) {
      drops.set(reason, (drops.get(reason) ?? 0) + 1);
    },
    text() {
      const lines = [
        '# TYPE heddle_rpc_calls_total counter',
        ...[...calls].map(([labels, { count }]) => `heddle_rpc_calls_total{${labels}} ${count}`),
        '# TYPE heddle_rpc_call_seconds_total counter',
        ...[...calls].map(([labels, { seconds }]) => `heddle_rpc_call_seconds_total{${labels}} ${seconds}`),
        '# TYPE heddle_rpc_dropped_connections_total counter',
        ...[...drops].map(([reason, count]) => `heddle_rpc_dropped_connections_total{reason="${reason}"} ${count}`),
        ...Object.entries(gauges).flatMap(([name, value]) => [
          `# TYPE heddle_rpc_${name} gauge`,
          `heddle_rpc_${name} ${value}`,
        ]),
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}
