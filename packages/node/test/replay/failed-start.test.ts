import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createExecutor } from '@heddle/executor';
import { signedTransaction, temporaryDirectory, testAccount } from '@heddle/testkit';
import { afterAll, expect, it, type MockInstance, vi } from 'vitest';
import { replayFiles } from '../../src/replay/replay-files.ts';
import { account, GENESIS, traceBlock } from './traced-block.ts';

vi.mock('@heddle/executor', async (load) => {
  const actual = await load<typeof import('@heddle/executor')>();
  return { ...actual, createExecutor: vi.fn(actual.createExecutor) };
});

const scratch = temporaryDirectory('failed-start');
afterAll(() => scratch.remove());
const alice = testAccount(0);

function fileOf(name: string, value: unknown): string {
  const file = join(scratch.path, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

it('closes all that was started where the last of it fails to start', async () => {
  const { block, trace } = await traceBlock(
    [account(alice.address)],
    [{ transaction: signedTransaction(alice), sender: alice.address }],
  );
  const files = {
    block: fileOf('block.json', block),
    prestate: fileOf('prestate.json', trace),
    genesis: fileOf('genesis.json', GENESIS),
  };
  const { createExecutor: create } = await vi.importActual<typeof import('@heddle/executor')>('@heddle/executor');
  const closings: MockInstance[] = [];
  vi.mocked(createExecutor).mockImplementation(async (options) => {
    const executor = await create(options);
    closings.push(vi.spyOn(executor, 'close'));
    if (options.workers === 2) vi.spyOn(executor.pool, 'whenReady').mockRejectedValue(new RangeError('no thread'));
    return executor;
  });
  await expect(replayFiles(files, { workers: 2, repeats: 1 })).rejects.toThrow('no thread');
  expect(closings.map((closing) => closing.mock.calls.length)).toEqual([1, 1]);
});
