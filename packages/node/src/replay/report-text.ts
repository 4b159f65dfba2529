import type { LimitingLocation, ParallelismBound } from '@heddle/executor';
import type { Check, ReplayFigures, ReplayReport } from './replay-report.ts';

/** The report for people: what was compared, how parallel the block is, what limits it, how it went here. */
export function reportText(report: ReplayReport): string {
  const { figures } = report;
  const sections = [
    heading(report),
    report.checks.map(checkLine),
    missingLines(report),
    ...(figures === undefined ? [] : figureSections(figures)),
    verdictLines(report),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function figureSections(figures: ReplayFigures): string[][] {
  return [boundLines(figures), limitLines(figures), hotLines(figures), removalLines(figures), machineLines(figures)];
}

function heading({ block }: ReplayReport): string[] {
  const gas = `${whole(block.gasUsed)} gas`;
  return [
    `block ${block.number} of chain ${block.chainId} · ${block.fork} · ${counted(block.transactions, 'transaction')} · ${gas}`,
    `hash ${block.hash}`,
  ];
}

function checkLine({ field, verdict, header = '', parallel, why }: Check): string {
  const label = field.padEnd(18);
  const agree = parallel === undefined ? 'header = body' : 'header = plain = parallel';
  if (verdict === 'equal') return `  ${label}${field === 'hash' ? 'file = header' : agree}   ${brief(header)}`;
  if (verdict === 'unchecked') return `  ${label}plain = parallel; header not checked: ${why}`;
  return `  ${label}DIFFERENT, see the end`;
}

function missingLines(report: ReplayReport): string[] {
  const { accountCount, slotCount, first } = report.missing;
  if (accountCount + slotCount === 0) return [];
  const count = [counted(accountCount, 'account'), counted(slotCount, 'slot')]
    .filter((text) => text !== '')
    .join(' and ');
  const what = `Transactions read ${count} that the prestate does not list; they counted as empty`;
  if (report.agrees) return [`${what}, and what the header proves agrees.`];
  if (!mayBeTheirs(report)) return [`${what}. What differs has nothing to do with them.`];
  return [
    `${what}.`,
    'If they were not empty, this is why the results differ. The first ones:',
    ...first.map(({ transaction, address, slot }) => {
      return `  transaction ${transaction} reads ${slot === undefined ? `account ${address}` : `${address} slot ${slot}`}`;
    }),
  ];
}

/**
 * Whether what is missing can be why something differs: plain execution comes to something else than the header, or to no end.
 * What the file says of itself needs no state, and where only ways of running differ, all had the same.
 */
function mayBeTheirs({ figures, checks }: ReplayReport): boolean {
  const isSuch = ({ header, plain, parallel, why }: Check) =>
    parallel !== undefined && why === undefined && plain !== header;
  return figures === undefined || checks.some(isSuch);
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${whole(count)} ${what}${count === 1 ? '' : 's'}`;
}

function boundLines({ byGas, byTime }: ReplayFigures): string[] {
  const row = (label: string, { bound, t1, tInf }: ParallelismBound, unit: (value: number) => string) => {
    const cells = [bound[2], bound[4], bound[8], bound[16], bound.unlimited].map((value) => times(value).padStart(10));
    return `  ${label.padEnd(9)}${cells.join('')}   ${unit(t1)} in all, ${unit(tInf)} on the heaviest path`;
  };
  const cores = ['2 cores', '4 cores', '8 cores', '16 cores', 'unlimited'].map((cell) => cell.padStart(10));
  return [
    'How parallel is it? At most so many times faster than one transaction after another:',
    `  ${''.padEnd(9)}${cores.join('')}`,
    row('by gas', byGas, (gas) => `${whole(gas)} gas`),
    row('by time', byTime, (ns) => milliseconds(ns / 1e6)),
  ];
}

function limitLines({ chain, byGas, heaviest }: ReplayFigures): string[] {
  if (heaviest === undefined) return [];
  const alone = `transaction ${heaviest.transaction} alone is ${percent(heaviest.gas, byGas.t1)} of the gas`;
  if (chain.length <= 1) {
    return ['What limits it?', `  Its heaviest transaction, and no chain of others: ${alone}.`];
  }
  const shown = chain.slice(0, MAX_CHAIN_SHOWN).join(', ');
  const more = chain.length > MAX_CHAIN_SHOWN ? `, … ${chain.at(-1)}` : '';
  return [
    'What limits it?',
    `  ${chain.length} transactions that each need the one before are ${percent(byGas.tInf, byGas.t1)} of the gas: ${shown}${more}.`,
    `  The heaviest one: ${alone}.`,
  ];
}

const MAX_CHAIN_SHOWN = 12;

function hotLines({ locations, byGas }: ReplayFigures): string[] {
  if (locations.length === 0) return ['Where transactions clash: nowhere; none needs what another one wrote.'];
  const columns = ['readers', 'writers', 'clashes', 're-runs', 'costs', 'in time'];
  return [
    'Where transactions clash (costs: how much shorter the heaviest path would be without it):',
    `  ${columns.map((column) => column.padStart(9)).join('')}`,
    ...locations.map((location) => {
      const { readers, writers, dependencies, reExecutions, gain } = location;
      const costs = [percent(gain.gas, byGas.tInf), milliseconds(gain.timeNs / 1e6)];
      const cells = [readers, writers, dependencies, reExecutions, ...costs].map((cell) => String(cell).padStart(9));
      return `  ${cells.join('')}   ${nameOf(location)}`;
    }),
  ];
}

function removalLines({ removals, byGas }: ReplayFigures): string[] {
  if (removals.length === 0) return [];
  return [
    'What if? The bound by gas (16 cores, unlimited) with these contracts and accounts out of the way, one after another:',
    `  ${times(byGas.bound[16]).padStart(9)}${times(byGas.bound.unlimited).padStart(9)}   as it is`,
    ...removals.map(({ address, bound }) => {
      return `  ${times(bound[16]).padStart(9)}${times(bound.unlimited).padStart(9)}   without ${address}`;
    }),
  ];
}

function machineLines(figures: ReplayFigures): string[] {
  const { workers, cores, repeats, plainMs, oneWorkerMs, parallelMs } = figures;
  const often = repeats === 1 ? 'one run each' : `median of ${repeats} runs`;
  const lines = [
    `How it went here (engine ${figures.engine}, ${cores} cores, ${often}):`,
    `  plain          ${milliseconds(plainMs)}`,
    `  one worker     ${milliseconds(oneWorkerMs)}, engine ratio ${figures.engineRatio.toFixed(2)}`,
  ];
  if (workers > 1) lines.push(`  ${`${workers} workers`.padEnd(15)}${milliseconds(parallelMs)}`);
  const { incarnations, reExecutions, deferrals } = figures;
  const again = reExecutions === 1 ? '1 of them a re-execution' : `${whole(reExecutions)} of them re-executions`;
  return [
    ...lines,
    `  speed-up ${times(figures.speedup)} of ${times(figures.bound)} that the block and these cores allow: score ${figures.score.toFixed(2)}`,
    `  ${counted(incarnations, 'incarnation') || 'no incarnations'}, ${again}, ${counted(deferrals, 'transaction') || 'none'} deferred`,
  ];
}

function verdictLines({ agrees, differences }: ReplayReport): string[] {
  if (agrees) return ['Plain execution, parallel execution and the header agree in all that can be compared.'];
  return ['DIFFERENT:', ...differences.map((line) => `  ${line}`)];
}

function nameOf({ address, kind, slot }: LimitingLocation): string {
  return kind === 'slot' ? `${address} slot ${brief(slot ?? '')}` : `${kind} of ${address}`;
}

/** What is longer than a word, or a word, as far as it tells it from others. */
function brief(value: string): string {
  if (value.length <= 24) return value;
  return `${value.slice(0, 10)}…${value.slice(-8)}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function times(value: number): string {
  return `${value.toFixed(2)}x`;
}

function milliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(2)} ms` : `${whole(value)} ms`;
}

function percent(part: number, all: number): string {
  return all === 0 ? '0 %' : `${((100 * part) / all).toFixed(1)} %`;
}
