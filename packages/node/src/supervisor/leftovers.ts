import { existsSync } from 'node:fs';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile } from '../files/text-files.ts';
import { devnetFilePath } from './devnet-file.ts';

/** Validators end within a second or so of their supervisor's death; a pid that lives longer is somebody else's. */
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 50;

/** Waits until the processes of an earlier devnet on this datadir, whose supervisor was killed, are gone. */
export async function awaitLeftovers(datadir: string, say: (line: string) => void): Promise<void> {
  const pids = leftoverPids(datadir).filter(isAlive);
  if (pids.length === 0) return;
  for (const pid of pids) wake(pid);
  say(`waiting for the last run's processes to end: ${pids.join(', ')}`);
  const end = performance.now() + PATIENCE_MS;
  while (pids.some(isAlive) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function leftoverPids(datadir: string): number[] {
  const file = devnetFilePath(datadir);
  if (!existsSync(file)) return [];
  try {
    const validators = new JsonField(file, '', readJsonFile(file)).field('validators').elements();
    return validators.map((validator) => validator.field('pid').number(1, Number.MAX_SAFE_INTEGER));
  } catch {
    return []; // made by heddle genesis, or by hand: nobody of ours runs
  }
}

/** A process that was stopped on purpose (heddle fault stop, slow) has not noticed that its supervisor is gone. */
function wake(pid: number): void {
  if (process.platform === 'win32') return;
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // it has ended meanwhile
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
