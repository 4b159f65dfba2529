import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { afterEach, expect, test } from 'vitest';
import { CRASH_POINTS } from '../../src/crash-points.ts';
import { createFourProcesses, type FourProcesses } from './four-processes.ts';
import type { Cut } from './ledger.ts';

const IS_NIGHTLY = process.env.HEDDLE_SUITE === 'nightly';
const KILLS = IS_NIGHTLY ? 50 : 10;
/** Kills after which a faulty build must have been found out. */
const MAX_TRIES = 12;
const cutOf = (index: number): Cut => (index % 2 === 0 ? 'synced' : 'random');

let processes: FourProcesses | undefined;

afterEach(async () => {
  await processes?.close();
  processes = undefined;
});

test('all validators killed at once, again and again, their logs cut, lose no block and sign nothing twice', async () => {
  processes = await createFourProcesses(createRandom(seedFromEnvironment('all at once')));
  for (let round = 0; round < KILLS; round++) expect(await processes.killAll(cutOf(round))).toEqual([]);
  expect(await processes.goOn()).toEqual([]);
}, 3_600_000);

// Too long for every change: left out of the ci suite rather than skipped in it.
if (IS_NIGHTLY) {
  test('all validators that die at the same point of a height lose no block and sign nothing twice', async () => {
    processes = await createFourProcesses(createRandom(seedFromEnvironment('all at one point')));
    for (const [index, point] of CRASH_POINTS.entries()) {
      expect(await processes.crashAllAt(point, cutOf(index))).toEqual([]);
    }
    expect(await processes.goOn()).toEqual([]);
  }, 3_600_000);

  test.each([
    { mutation: 'no-sync', fault: /was returned, the store has undefined/ },
    { mutation: 'early-precommit', fault: /was precommitted at .*, neither store nor log has it/ },
  ])(
    'the same kills find out a build with $mutation',
    async ({ mutation, fault }) => {
      processes = await createFourProcesses(createRandom(seedFromEnvironment(mutation)), mutation);
      const faults: string[] = [];
      for (let round = 0; round < MAX_TRIES && faults.length === 0; round++) {
        const cut = cutOf(round >> 1);
        faults.push(...(await (round % 2 === 0 ? processes.killAll(cut) : processes.crashAllAt('before-batch', cut))));
      }
      expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
    },
    3_600_000,
  );
}
