import { faultText } from '../faults/fault-text.ts';
import type { DevnetStatus, ValidatorStatus } from '../supervisor/devnet-status.ts';

const COLUMNS = ['#', 'state', 'head', 'lag', 'deciding', 'peers', 'pid', 'RPC'] as const;

/** A devnet's status for people: a line about the whole, one for each validator, one for each fault. */
export function statusTable(status: DevnetStatus): string {
  const rows = [COLUMNS, ...status.validators.map(row)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const faults =
    status.faults.length === 0 ? ['no faults'] : status.faults.map((fault) => `fault: ${faultText(fault)}`);
  return [`chain ${status.chainId} at block ${status.head} · ${status.datadir}`, ...lines, ...faults].join('\n');
}

function row(one: ValidatorStatus): readonly string[] {
  return [
    String(one.index),
    one.isSyncing ? 'catching up' : one.state,
    String(one.head),
    String(one.lag),
    decidingText(one),
    one.peers === null ? '-' : String(one.peers),
    one.pid === null ? '-' : String(one.pid),
    one.rpcUrl ?? '-',
  ];
}

/** Between two blocks no round has begun: the next height waits for its time. */
function decidingText({ height, round, step }: ValidatorStatus): string {
  if (height === null) return '-';
  return round === null || round < 0 ? `${height} not begun` : `${height}/${round} ${step}`;
}
