import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { HeddleError } from '@heddle/primitives';

const COMMAND = join(import.meta.dirname, '../bin/heddle.js');
/** A command that takes longer hangs. */
const LIMIT_MS = 120_000;

/**
 * Runs `heddle` with `args` to its end; what it printed.
 *
 * @throws HeddleError `COMMAND_FAILED` with its output when the exit code is not 0
 */
export function heddle(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(printed);
      else reject(new HeddleError('COMMAND_FAILED', `heddle ${args.join(' ')} ended with ${code}: ${printed.trim()}`));
    });
  });
}
