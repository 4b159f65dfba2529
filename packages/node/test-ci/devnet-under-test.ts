import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RpcClient, rpcClient, waitFor } from '@heddle/testkit';

/** A validator as `devnet.json` lists it. */
export interface ListedValidator {
  readonly index: number;
  readonly pid: number;
  readonly address: string;
  readonly rpcUrl: string;
  readonly p2pAddress: string;
  readonly logFile: string;
}

/** A devnet that the real command runs, with all that a test asks of it. */
export interface DevnetUnderTest {
  readonly datadir: string;
  /** `devnet.json` as it is now. */
  validators(): readonly ListedValidator[];
  client(index: number): RpcClient;
  /** Everything that the command has printed. */
  output(): string;
  /** Ctrl-C, then waits for the end. The exit code. */
  interrupt(): Promise<number | null>;
  /** kill -9 of the supervisor alone. */
  killSupervisor(): void;
  /** kill -9 of the supervisor and all validators at once. */
  killAll(): Promise<void>;
}

const COMMAND = join(import.meta.dirname, '../bin/heddle.js');

/** What a devnet's processes find in their surroundings besides their flags. */
export interface DevnetSurroundings {
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `heddle devnet` on `datadir` with free ports and waits until every validator answers. */
export async function startDevnet(
  datadir: string,
  flags: readonly string[] = [],
  { env = {} }: DevnetSurroundings = {},
): Promise<DevnetUnderTest> {
  const args = [COMMAND, 'devnet', '--datadir', datadir, '--port', '0', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (printed += chunk));
  const listed = (): readonly ListedValidator[] => readDevnetFile(datadir, child);
  const devnet: DevnetUnderTest = {
    datadir,
    validators: listed,
    client: (index) => rpcClient(listed()[index]?.rpcUrl ?? 'http://127.0.0.1:1'),
    output: () => printed,
    async interrupt() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill('SIGINT');
      return ended(child);
    },
    killSupervisor: () => void child.kill('SIGKILL'),
    async killAll() {
      const pids = listed().flatMap(({ pid }) => (pid === null ? [] : [pid]));
      child.kill('SIGKILL');
      for (const pid of pids) killIfAlive(pid);
      await ended(child);
      await waitFor(() => pids.every((pid) => !isAlive(pid)), { what: 'all validators to be gone' });
    },
  };
  try {
    await waitFor(async () => (await readyCount(devnet)) > 0, { what: `the devnet to be ready`, timeoutMs: 300_000 });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`the devnet did not start:\n${printed}`, { cause: error });
  }
  return devnet;
}

/** The validators that answer `/ready` with 200: all of them, or 0. */
async function readyCount(devnet: DevnetUnderTest): Promise<number> {
  const validators = devnet.validators();
  for (const { rpcUrl, pid } of validators) {
    if (pid === null) continue; // it could not start: the others run
    const answer = await fetch(`${rpcUrl}/ready`, { signal: AbortSignal.timeout(10_000) });
    if (answer.status !== 200) return 0;
  }
  return validators.length;
}

/** Empty until the command that runs now has written it: an older one names other processes. */
function readDevnetFile(datadir: string, child: ChildProcess): readonly ListedValidator[] {
  const path = join(datadir, 'devnet.json');
  if (child.exitCode !== null || !existsSync(path)) return [];
  const { validators } = JSON.parse(readFileSync(path, 'utf8')) as { validators: ListedValidator[] };
  return validators.every(({ pid }) => pid === null || isAlive(pid)) ? validators : [];
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

function killIfAlive(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** Whether a process of that number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
