import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as passTime } from 'node:timers/promises';
import { HeddleError } from '@heddle/primitives';
import { askDevnet } from '../control/control-client.ts';
import { openOutputFile } from '../files/output-file.ts';
import { makeFolder } from '../files/text-files.ts';
import type { DevnetStatus } from '../supervisor/devnet-status.ts';
import { detachedFailed } from './cli-errors.ts';
import { ERROR_PREFIX } from './error-line.ts';

/** A devnet that goes on after this command. */
export interface DetachedDevnet {
  readonly status: DevnetStatus;
  /** Takes what it prints: the banner, a line for each block. */
  readonly outputFile: string;
}

const LOOK_EVERY_MS = 100;
/** Four nodes that check their stores after an unclean stop take long; this is longer. */
const START_LIMIT_MS = 600_000;
/** A larger file of captured output is put aside once, at the next start. */
const MAX_OUTPUT_BYTES = 10 * 1024 * 1024;

/**
 * Runs `heddle` with `args`, a command that runs a devnet on `datadir`, in a session of its own, and resolves when every
 * validator serves RPC. When `signal` is aborted before, it ends.
 *
 * @throws HeddleError `DETACHED_FAILED` with the line that ended it, `FILE_UNWRITABLE`
 */
export async function startDetached(
  script: string,
  args: readonly string[],
  { datadir, signal }: { readonly datadir: string; readonly signal: AbortSignal },
): Promise<DetachedDevnet> {
  makeFolder(datadir);
  const outputFile = join(resolve(datadir), 'devnet.log');
  const { descriptor: output, startByte: start } = openOutputFile(outputFile, MAX_OUTPUT_BYTES);
  const child = spawn(process.execPath, [script, ...args], { detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  const ended = new Promise<void>((settle) => {
    child.once('error', () => settle());
    child.once('exit', () => settle());
  });
  const end = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    const status = await Promise.race([untilUp(datadir, child), ended]);
    if (status) return { status, outputFile };
    end(); // one that is only too slow must not go on unseen
    throw detachedFailed(reasonIn(outputFile, start), outputFile);
  } finally {
    signal.removeEventListener('abort', end);
    child.unref();
  }
}

/** Undefined once it has ended. */
async function untilUp(datadir: string, child: ChildProcess): Promise<DevnetStatus | undefined> {
  const limit = performance.now() + START_LIMIT_MS;
  while (child.exitCode === null && child.signalCode === null && performance.now() < limit) {
    const status = await statusIfAny(datadir);
    if (status?.isUp && status.pid === child.pid) return status; // another devnet may run on the datadir
    await passTime(LOOK_EVERY_MS);
  }
  return undefined;
}

async function statusIfAny(datadir: string): Promise<DevnetStatus | undefined> {
  try {
    return (await askDevnet(datadir, { command: 'status', params: {} })) as DevnetStatus;
  } catch (error) {
    if (error instanceof HeddleError) return undefined;
    throw error;
  }
}

/** The line that ended the command: a devnet that runs here already writes to the same file meanwhile. */
function reasonIn(file: string, start: number): string {
  const lines = readFileSync(file).subarray(start).toString('utf8').trim().split('\n');
  const line = lines.findLast((one) => one.startsWith(ERROR_PREFIX)) ?? lines.at(-1) ?? '';
  return line.replace(ERROR_PREFIX, '');
}
