import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { openOutputFile } from '../files/output-file.ts';
import type { ChildMessage, SupervisorMessage } from './child-messages.ts';

/** How a validator's process is started. */
export interface ProcessOptions {
  /** The program: a JavaScript file. */
  readonly script: string;
  readonly args: readonly string[];
  /** Takes standard output and error: what the process says outside its log, as when Node itself gives up. */
  readonly outputFile: string;
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the supervisor hears of a process. */
export interface ProcessEvents {
  onMessage(message: ChildMessage): void;
  /** It has ended; `how` in words: `exit code 1`, `SIGKILL`. */
  onEnd(how: string): void;
}

/** A validator's process. */
export interface ValidatorProcess {
  readonly pid: number | undefined;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
  /** Asks it to end; kills it after `patienceMs`. Resolves when it is gone, with whether it ended by itself. */
  stop(patienceMs: number): Promise<boolean>;
  /** Lost without a word when the process is ending. */
  tell(message: SupervisorMessage): void;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** A larger file of captured output is put aside once, at the next start. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Threads for file work in a validator. Of Node's four LevelDB's own work can hold several for long, and the syncs
 * before every vote would wait behind it.
 */
const UV_THREADPOOL_SIZE = '12';

/** Starts `heddle node` (or a stand-in that speaks the same messages) as a child that ends with this process. */
export function startValidatorProcess(options: ProcessOptions, events: ProcessEvents): ValidatorProcess {
  mkdirSync(dirname(options.outputFile), { recursive: true });
  const { descriptor: output } = openOutputFile(options.outputFile, MAX_OUTPUT_BYTES);
  const child = fork(options.script, [...options.args], {
    serialization: 'advanced',
    stdio: ['ignore', output, output, 'ipc'],
    env: { UV_THREADPOOL_SIZE, ...process.env, ...options.env, HEDDLE_SUPERVISED: '1' },
    execArgv: [],
  });
  closeSync(output);
  const ended = whenEnded(child, events);
  child.on('message', (message) => events.onMessage(message as ChildMessage));
  const tell = (message: SupervisorMessage): void => {
    if (child.connected) child.send(message, () => undefined); // the channel may close meanwhile
  };
  return {
    pid: child.pid,
    ended,
    async stop(patienceMs) {
      tell({ type: 'stop' });
      let endedItself = true;
      const limit = setTimeout(() => {
        endedItself = !child.kill('SIGKILL');
      }, patienceMs);
      await ended;
      clearTimeout(limit);
      return endedItself;
    },
    tell,
    signal: (name) => void child.kill(name),
  };
}

function whenEnded(child: ChildProcess, events: ProcessEvents): Promise<void> {
  return new Promise((resolve) => {
    let isOver = false;
    const end = (how: string): void => {
      if (isOver) return;
      isOver = true;
      resolve();
      events.onEnd(how);
    };
    child.once('error', (error) => child.pid === undefined && end(error.message)); // else `exit` follows
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
  });
}
