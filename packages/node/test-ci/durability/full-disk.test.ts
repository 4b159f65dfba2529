import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRandom, seedFromEnvironment, waitFor } from '@heddle/testkit';
import { afterEach, expect, test } from 'vitest';
import { createOneProcess, type Life, type OneProcess } from './one-process.ts';

const HAS_PRLIMIT = spawnSync('prlimit', ['--version']).status === 0;
const LIMIT_MS = 120_000;
/** Blocks of the others in which a validator without room for its log or its state must stay silent. */
const SILENT_BLOCKS = 4;

let process: OneProcess | undefined;

afterEach(async () => {
  await process?.close();
  process = undefined;
});

const until = (condition: () => boolean, what: string) => waitFor(condition, { what, timeoutMs: LIMIT_MS });

async function untilItVotes({ heard, peerHeight }: Life): Promise<void> {
  const from = peerHeight();
  await until(() => heard().some(({ height, kind }) => kind === 'precommit' && height > from), 'it to vote');
}

test.each([
  { file: 'consensus.wal', what: 'its log' },
  { file: 'state.json.new', what: 'the state of its signer' },
])(
  'a validator that cannot write $what sends nothing that it would sign, serves reads, and votes again once there is room',
  async ({ file }) => {
    process = await createOneProcess(createRandom(seedFromEnvironment('full disk')));
    const { full } = process;
    const faults = await process.live(async (life) => {
      await untilItVotes(life);
      writeFileSync(full, file);
      const from = life.peerHeight() + 2; // what was on its way is gone then
      await until(() => life.peerHeight() >= from + SILENT_BLOCKS, 'the others to go on');
      expect(life.heard().filter(({ height }) => height > from)).toEqual([]);
      await until(() => life.height() >= from, 'its RPC to follow');
      rmSync(full);
      await untilItVotes(life);
    });
    expect(faults).toEqual([]);
  },
);

test.runIf(HAS_PRLIMIT)(
  'a validator that cannot write a decided block ends with a line that says so, and goes on when there is room',
  async () => {
    process = await createOneProcess(createRandom(seedFromEnvironment('full disk')));
    const faults = await process.live(async (life) => {
      await untilItVotes(life);
      // No file may grow beyond this: LevelDB's log is among them.
      execFileSync('prlimit', ['--pid', String(life.node.pid), '--fsize=1:unlimited']);
      const from = life.peerHeight() + 2;
      const end = await life.node.ended;
      expect(end).toMatch(/^exit code 1 \((STORE_UNWRITABLE|WAL_[A-Z]+): .* cannot be written.*; .*room/);
      await until(() => life.peerHeight() >= from + SILENT_BLOCKS, 'the others to go on');
      expect(life.heard().filter(({ height }) => height > from)).toEqual([]);
    });
    expect(faults).toEqual([]);
    expect(await process.live(untilItVotes)).toEqual([]);
  },
);
