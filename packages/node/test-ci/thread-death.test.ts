import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevnetUnderTest, startDevnet } from './devnet-under-test.ts';

/** Which thread dies in which validator. */
const DOOMED = { 'validator-0': 'rpc', 'validator-1': 'execution', 'validator-2': 'pool' };
const PRELOAD = join(import.meta.dirname, 'thread-death/preload.mjs');

const directory = temporaryDirectory('thread-death');
let devnet: DevnetUnderTest;

beforeAll(async () => {
  devnet = await startDevnet(directory.path, ['--empty-block-time', '1'], {
    env: {
      NODE_OPTIONS: `--import ${pathToFileURL(PRELOAD)}`,
      HEDDLE_TEST_DOOMED: JSON.stringify(DOOMED),
      HEDDLE_TEST_DATADIR: directory.path,
    },
  });
});

afterAll(async () => {
  await devnet?.killAll();
  directory.remove();
});

test('a thread that breaks ends its validator with one clear line; it is started again, and the chain goes on', async () => {
  const witness = devnet.client(3);
  const heightNow = async () => Number(await witness.call('eth_blockNumber'));
  await waitFor(async () => (await heightNow()) > 0, { what: 'the chain to begin' });
  for (const [folder, thread] of Object.entries(DOOMED)) {
    const trigger = join(directory.path, `${folder}-dies`);
    writeFileSync(trigger, '');
    await waitFor(() => !existsSync(trigger), { what: `the ${thread} thread to break` });
    const name = folder.replace('-', ' ');
    await waitFor(() => linesOf(name).some((line) => line.startsWith(`${name} is back`)), {
      what: `${name} to be back`,
    });
    const [ended, ...others] = linesOf(name).filter((line) => line.includes('ended'));
    const why = `the ${thread} thread ended: planted in ${thread}; the log holds the details`;
    expect(ended).toMatch(new RegExp(`^${name} ended \\(${why}\\); starting it again in \\d+ s$`));
    expect(others).toEqual([]);
  }
  const height = await heightNow();
  for (const index of devnet.validators().keys()) {
    await waitFor(async () => Number(await devnet.client(index).call('eth_blockNumber')) > height, {
      what: `validator ${index} to go on`,
    });
  }
  expect(await devnet.interrupt()).toBe(0);
});

/** What the supervisor has said of a validator. */
function linesOf(name: string): string[] {
  const lines = devnet.output().split('\n');
  return lines.filter((line) => line.startsWith(`heddle: ${name} `)).map((line) => line.slice('heddle: '.length));
}
