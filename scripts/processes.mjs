// Processor time and memory of a process and all its descendants, from /proc: Linux only.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: 100 on every Linux that Node supports. */
const TICKS = 100;

/** The process and its descendants. */
export function family(root) {
  const parentOf = new Map();
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) parentOf.set(Number(name), stat(name)?.parent);
  const isOurs = (pid) => pid === root || (parentOf.has(pid) && isOurs(parentOf.get(pid)));
  return [...parentOf.keys()].filter(isOurs);
}

/** Processor seconds that the process and its descendants have taken. */
export function processorSeconds(root) {
  return family(root).reduce((sum, pid) => sum + (stat(pid)?.ticks ?? 0), 0) / TICKS;
}

/** KiB of one process; `field` of smaps_rollup, such as Rss, or Pss, which counts shared pages once. */
export function memoryOf(pid, field) {
  const found = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(found?.[1] ?? 0);
}

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // it has ended
  }
}
