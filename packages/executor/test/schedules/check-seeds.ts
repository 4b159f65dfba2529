import { createRandom } from '@heddle/testkit';
import { expect } from 'vitest';
import { randomSchedule, randomScripts } from './random-scripts.ts';
import { createScheduledBlocks } from './scheduled-blocks.ts';
import { actualOf, expectedOf, jobOf, poisonUsed } from './scripted-block.ts';

/** What the seeded schedules of a run came to. */
export interface SeedTally {
  blocks: number;
  steps: number;
  handOvers: number;
  /** Runs that were thrown away. */
  repeated: number;
}

/** Runs `count` random blocks of scripts under random schedules on 2 to 8 workers, each against its serial result. */
export async function checkSeeds(count: number, seed: string): Promise<SeedTally> {
  const blocks = await createScheduledBlocks({ workers: 8, worlds: [{ state: { slots: STATE } }] });
  const tally: SeedTally = { blocks: 0, steps: 0, handOvers: 0, repeated: 0 };
  try {
    for (let index = 0; index < count; index++) {
      const random = createRandom(`${seed}/${index}`);
      const block = randomScripts(random, STATE);
      const run = await blocks.run(jobOf(block), randomSchedule(random, random.int(2, 8), [0.5, 0.1, 0.03]));
      expect(actualOf(blocks, run, block), `block ${index} of seed ${seed}`).toBe(expectedOf(block));
      tally.blocks++;
      tally.steps += run.steps;
      tally.handOvers += run.handOvers;
      if (!(run.block instanceof Error) && run.block.status === 'done') {
        for (const { runs } of run.block.rows) tally.repeated += Math.max(0, runs - 1);
      }
      poisonUsed(blocks);
    }
    return tally;
  } finally {
    await blocks.close();
  }
}

/** What stands in the slots of random blocks. */
const STATE = [4n, 7n, 0n, 9n];
