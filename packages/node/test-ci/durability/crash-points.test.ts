import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { afterEach, expect, test } from 'vitest';
import { CRASH_POINTS } from '../../src/crash-points.ts';
import { createOneProcess, type OneProcess } from './one-process.ts';

let process: OneProcess | undefined;

afterEach(async () => {
  await process?.close();
  process = undefined;
});

test('a validator that dies at any point of a height, and whose logs are cut, loses nothing and signs nothing twice', async () => {
  const random = createRandom(seedFromEnvironment('crash points'));
  process = await createOneProcess(random);
  for (const [index, point] of CRASH_POINTS.entries()) {
    expect(await process.crashAt(point, index % 2 === 0 ? 'synced' : 'random')).toEqual([]);
  }
  expect(await process.goOn()).toEqual([]);
});

test.each([
  {
    mutation: 'no-sync',
    what: 'does not ask for sync',
    points: ['after-signer-write', 'after-batch'] as const,
    fault: /was returned, the store has undefined/,
  },
  {
    mutation: 'early-precommit',
    what: 'signs a precommit before the block is on its disk',
    points: ['before-batch', 'after-send', 'before-batch', 'after-send'] as const,
    fault: /was precommitted at .*, neither store nor log has it/,
  },
])('the same finds out a build that $what', async ({ mutation, points, fault }) => {
  process = await createOneProcess(createRandom(seedFromEnvironment(mutation)), mutation);
  const faults: string[] = [];
  for (const point of points) {
    faults.push(...(await process.crashAt(point, 'synced')));
    if (faults.length > 0) break;
  }
  expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
});
