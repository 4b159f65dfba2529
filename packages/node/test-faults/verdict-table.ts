import type { CaseResult } from './run-case.ts';

/** The results as a table: case, figure, limit, verdict. */
export function verdictTable(results: readonly CaseResult[]): string {
  const rows = results.flatMap((result) => {
    const name = `${result.number} ${result.title}`;
    const figures = result.figures.map(({ what, value, unit, limit, isKept }) => {
      return [name, what, `${value}${unit && ` ${unit}`}`, limit, limit === '' ? '' : isKept ? 'ok' : 'FAILED'];
    });
    const failure = result.failure === undefined ? [] : [[name, result.failure.split('\n')[0] ?? '', '', '', 'FAILED']];
    const all = [...figures, ...failure];
    return all.map(([first = '', ...rest], index) => [index === 0 ? first : '', ...rest]);
  });
  const table = [['case', 'figure', 'value', 'limit', 'verdict'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
