// A devnet in a folder of its own for the scripts that measure one.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const COMMAND = join(import.meta.dirname, '../packages/node/bin/heddle.js');
/** After how long a condition that has not come true is an error. */
const PATIENCE_MS = 120_000;

/** Starts `heddle devnet` in `datadir` and waits for its first final block. `stop` ends it and all its processes. */
export async function startMeasuredDevnet(datadir, flags) {
  const args = [COMMAND, 'devnet', '--datadir', datadir, '--port', '0', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('exit', done));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  let text = '';
  child.stdout.on('data', (chunk) => {
    text = (text + chunk).slice(-10_000);
  });
  try {
    await until('the first block', () => {
      if (child.exitCode !== null) throw new Error(`the devnet ended with code ${child.exitCode}`);
      return /^block \d+/m.test(text);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const { validators } = JSON.parse(readFileSync(join(datadir, 'devnet.json'), 'utf8'));
  return { pid: child.pid, urls: validators.map(({ rpcUrl }) => rpcUrl), stop };
}

/** Asks `isSo` every few milliseconds until it says yes. Throws when that takes too long. */
export async function until(what, isSo) {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`${what} did not come within ${PATIENCE_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
