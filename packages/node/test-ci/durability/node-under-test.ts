import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RpcClient, rpcClient, waitFor } from '@heddle/testkit';
import type { ChildMessage, ReadyMessage } from '../../src/supervisor/child-messages.ts';

const COMMAND = join(import.meta.dirname, '../../bin/heddle.js');
const PRELOAD = join(import.meta.dirname, 'preload.mjs');

/** A process of `heddle node` as the supervisor starts it. */
export interface NodeUnderTest {
  readonly pid: number;
  /** Once it serves RPC. @throws Error when it ends before */
  ready(): Promise<ReadyMessage & { readonly client: RpcClient }>;
  /** The signal that ended it, or the exit code with the reason that it gave. */
  readonly ended: Promise<string>;
  readonly hasEnded: boolean;
  kill(): Promise<void>;
}

/** What the surroundings of a node hold besides; see preload.mjs. */
export function testBuild(env: {
  readonly ledger?: string;
  readonly wireLogs?: string;
  /** Names the file whose writes fail, while it is there. */
  readonly full?: string;
  readonly mutation?: string | undefined;
}): Record<string, string> {
  return {
    NODE_OPTIONS: `--import ${pathToFileURL(PRELOAD)}`,
    HEDDLE_TEST_LEDGER: env.ledger ?? '',
    HEDDLE_WIRE_LOG: env.wireLogs ?? '',
    HEDDLE_TEST_FULL: env.full ?? '',
    HEDDLE_TEST_MUTATION: env.mutation ?? '',
  };
}

/** Starts the node in `folder`. */
export function startNode(
  folder: string,
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): NodeUnderTest {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const output = openSync(join(folder, 'logs', 'output.log'), 'a');
  const child = fork(COMMAND, ['node', '--datadir', folder, ...flags], {
    serialization: 'advanced',
    stdio: ['ignore', output, output, 'ipc'],
    env: { UV_THREADPOOL_SIZE: '12', ...process.env, ...env, HEDDLE_SUPERVISED: '1' },
    execArgv: [],
  });
  closeSync(output);
  let readyMessage: ReadyMessage | undefined;
  let failure: string | undefined;
  child.on('message', (message: ChildMessage) => {
    if (message.type === 'ready') readyMessage = message;
    if (message.type === 'failed') failure = `${message.code}: ${message.message}; ${message.remedy}`;
  });
  let end: string | undefined;
  const ended = whenEnded(child).then((how) => {
    end = failure === undefined ? how : `${how} (${failure})`;
    return end;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    get hasEnded() {
      return end !== undefined;
    },
    async ready() {
      await waitFor(() => readyMessage ?? end, { what: `${folder} to be ready` });
      if (!readyMessage) throw new Error(`${folder} ended before it was ready: ${end}`);
      return { ...readyMessage, client: rpcClient(readyMessage.rpcUrl) };
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)));
}
