// Rows as lines for a terminal and as a table of docs/benchmarks.md.
import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- npm run bench -- --write: begin -->';
const END = '<!-- npm run bench -- --write: end -->';
const COLUMNS = [
  ['workload', ({ workload }) => workload],
  ['engine', ({ engine }) => engine],
  ['workers', ({ workers }) => String(workers)],
  ['tx/s', ({ transactionsPerSecond }) => short(transactionsPerSecond)],
  ['Mgas/s', ({ mgasPerSecond }) => short(mgasPerSecond)],
  ['ms', ({ executionMs }) => short(executionMs)],
  ['with roots ms', ({ blockMs }) => short(blockMs)],
  ['CPU ms', ({ cpuMs }) => short(cpuMs)],
  ['speed-up', ({ speedup }) => times(speedup)],
  ['bound', ({ bound }) => times(bound)],
  ['score', ({ score }) => times(score)],
  ['CPU', ({ cpuRatio }) => times(cpuRatio)],
  ['engine ratio', ({ engineRatio }) => times(engineRatio)],
  ['re-executions', ({ reExecutions }) => short(reExecutions)],
  ['MiB', ({ residentBytes }) => short(residentBytes / 2 ** 20)],
  ['x stock', ({ againstStock }) => times(againstStock)],
  ['x anvil', ({ againstAnvil }) => times(againstAnvil)],
];

/** Rows in columns; `withHead`: their names first. */
export function lines(rows, { withHead }) {
  const widths = COLUMNS.map(([title], column) => (column < 2 ? [25, 11][column] : Math.max(8, title.length)));
  const line = (cells) =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' ');
  const head = withHead ? [line(COLUMNS.map(([title]) => title))] : [];
  return [...head, ...rows.map((row) => line(COLUMNS.map(([, show]) => show(row))))].join('\n');
}

/** What two threads without anything of ours got of the machine, first and last. */
export function shareOfTwo(samples) {
  const list = (kind) => samples.map((sample) => sample[kind].toFixed(2)).join(' and ');
  const when = samples.length > 1 ? 'before and after' : 'now';
  return `two threads do ${list('registers')} times the work of one in registers, ${list('memory')} in memory (${when}): the most that two workers can gain`;
}

/** Puts the results between the markers of `file`. */
export function writeTable(file, results) {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} lacks the markers "${BEGIN}" and "${END}"`);
  writeFileSync(file, `${text.slice(0, begin)}${BEGIN}\n${markdown(results)}\n${text.slice(end)}`);
}

function markdown({ rows, configurations, lifted, failures, twoThreads, ...how }) {
  const { date, machine, isQuick, rounds, roundMs, loadAverage } = how;
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const sizes = isQuick ? ' **Small sizes and few rounds (`--quick`): for a look only.**' : '';
  return [
    `${date}, ${machine}; load average ${loadAverage.join(', ')} at the start. ${rounds} rounds of at least ${roundMs} ms.${sizes}`,
    '',
    ...Object.entries(configurations).map(([side, how]) => `* ${side}: ${how}`),
    `* ${shareOfTwo(twoThreads)}.`,
    ...lifted.map((limit) => `* lifted for loops: ${limit}`),
    ...failures.map(({ name, reason }) => `* **failed**: ${name}: ${reason.split('\n')[0]}`),
    '',
    line(COLUMNS.map(([title]) => title)),
    line(COLUMNS.map((_, column) => (column < 2 ? '---' : '---:'))),
    ...rows.map((row) => line(COLUMNS.map(([, show]) => show(row)))),
  ].join('\n');
}

function times(value) {
  return value === null ? '' : value.toFixed(value < 10 ? 2 : 0);
}

function short(value) {
  if (value === null || value === undefined) return '';
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
