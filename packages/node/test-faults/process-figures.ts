import { readdirSync, readFileSync } from 'node:fs';

/** The resident set of a process in MiB (Linux: /proc); undefined when it is gone or cannot be asked. */
export function residentMiB(pid: number): number | undefined {
  try {
    const found = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found?.[1] === undefined ? undefined : Number(found[1]) / 1_024;
  } catch {
    return undefined;
  }
}

/** Open files and sockets of a process (Linux: /proc); undefined when it is gone. */
export function openFiles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** Processor time that a process has used, milliseconds. */
export function processorMs(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}

/** Clock ticks in /proc: 100 a second on every Linux that Node supports. */
const MS_PER_TICK = 10;
