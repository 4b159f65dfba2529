import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A run of the real command. */
export interface RunningCommand {
  readonly child: ChildProcess;
  /** The exit code; null when a signal ended it. */
  readonly code: Promise<number | null>;
  /** Everything that it has written so far, to both outputs. */
  printed(): string;
}

const COMMAND = join(import.meta.dirname, '../bin/heddle.js');
const children: ChildProcess[] = [];

/** Starts `heddle` with these arguments. */
export function heddle(...args: string[]): RunningCommand {
  return start(args, process.env);
}

/** The same, which kills itself at a crash point as `src/crash-points.ts` reads it: `after-batch:100`. */
export function heddleCrashing(at: string, ...args: string[]): RunningCommand {
  return start(args, { ...process.env, HEDDLE_CRASH_AT: at });
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): RunningCommand {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  children.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const code = once(child, 'close').then(([exitCode]) => exitCode as number | null);
  return { child, code, printed: () => printed };
}

/** Runs it to its end. */
export async function runHeddle(...args: string[]): Promise<{ code: number | null; printed: string }> {
  const { code, printed } = heddle(...args);
  return { code: await code, printed: printed() };
}

/** Kills what a test file has started and what has not ended by itself. */
export function killCommands(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
}
