import { existsSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '@heddle/executor';
import { createRandom, seedFromEnvironment, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askDevnet } from '../../src/control/control-client.ts';
import { type DevnetUnderTest, startDevnet } from '../devnet-under-test.ts';
import { type NodeUnderTest, startNode } from './node-under-test.ts';
import { createOneProcess, type OneProcess } from './one-process.ts';

const LIMIT_MS = 180_000;
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A validator that has taken part for some blocks and was killed; the tests use its folder one after another. */
let killed: OneProcess;

beforeAll(async () => {
  killed = await createOneProcess(createRandom(seedFromEnvironment('damaged node')));
  const faults = await killed.live(async ({ height }) => {
    await waitFor(() => height() >= 3, { what: 'block 3', timeoutMs: LIMIT_MS });
  });
  expect(faults).toEqual([]);
});

afterAll(() => killed?.close());

function start(folder: string, flags: readonly string[] = []): NodeUnderTest {
  const node = startNode(folder, {}, flags);
  endings.push(() => node.hasEnded || node.kill());
  return node;
}

test('a validator without the state of its signer starts only when it is told to', async () => {
  const { folder } = killed;
  const state = join(folder, 'signer', 'state.json');
  writeFileSync(state, 'garbage');
  expect(await start(folder).ended).toMatch(/^exit code 1 \(SIGNER_STATE_CORRUPT: .*--accept-signer-state/);
  rmSync(state);
  expect(await start(folder).ended).toMatch(/^exit code 1 \(SIGNER_STATE_MISSING: .*--accept-signer-state/);
  const told = start(folder, ['--accept-signer-state']);
  await told.ready();
  const other = start(folder);
  expect(await other.ended).toMatch(/^exit code 1 \((STORE|SIGNER)_LOCKED: /);
  await told.kill();
  const again = start(folder);
  await again.ready(); // once is enough
  await again.kill();
});

test('a node whose state is wrong after an unclean stop finds that out while it runs, ends, and never starts again', async () => {
  const { folder } = killed;
  const path = join(folder, 'database');
  const database = await openDatabase(path);
  // Of some account one bit of its record: no check of an opening looks at it.
  const accounts = database.iterate({ from: Buffer.from('a'), to: Buffer.from('b') });
  const { value: [[key, value] = []] = [] } = await accounts.next();
  await accounts.return(undefined);
  if (!key || !value) throw new Error('the state holds accounts');
  const changed = Uint8Array.from(value);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  await database.batch([{ type: 'put', key, value: changed }], { sync: true });
  await database.close();
  expect(existsSync(`${path}.running`)).toBe(true);
  const first = start(folder);
  await first.ready(); // it serves meanwhile
  expect(await first.ended).toMatch(/^exit code 1 \(STATE_[A-Z_]+: .*; .*remove/);
  expect(await start(folder).ended).toMatch(
    /^exit code 1 \(STORE_CORRUPT: the store .*database is damaged: .*; remove this folder/,
  );
});

test('one damaged store of four: the others run, the line names the folder, and the validator comes back when it is gone', async () => {
  const directory = temporaryDirectory('damaged-devnet');
  endings.push(() => directory.remove());
  const run = async (): Promise<DevnetUnderTest> => {
    const devnet = await startDevnet(directory.path, ['--empty-block-time', '1']);
    endings.push(() => devnet.killAll().catch(() => undefined));
    return devnet;
  };
  const heightOf = async (devnet: DevnetUnderTest, index: number) =>
    Number(await devnet.client(index).call('eth_blockNumber'));
  const before = await run();
  await waitFor(async () => (await heightOf(before, 0)) >= 3, { what: 'block 3', timeoutMs: LIMIT_MS });
  await before.killAll();
  const database = join(directory.path, 'validator-2', 'database');
  unlinkSync(join(database, 'CURRENT'));
  const devnet = await run();
  expect(devnet.output()).toMatch(
    /validator 2: the store \S+validator-2\/database is damaged: its file CURRENT is missing; remove this folder/,
  );
  expect(devnet.output()).toMatch(/the others go on without validator 2; bring it back with: heddle fault restart 2/);
  const from = await heightOf(devnet, 0);
  await waitFor(async () => (await heightOf(devnet, 0)) >= from + 2, {
    what: 'the others to go on',
    timeoutMs: LIMIT_MS,
  });
  rmSync(database, { recursive: true });
  await askDevnet(directory.path, { command: 'restart', params: { validator: '2' } }, { timeoutMs: LIMIT_MS });
  await waitFor(async () => (await heightOf(devnet, 2)) >= from + 2, { what: 'it to catch up', timeoutMs: LIMIT_MS });
});
