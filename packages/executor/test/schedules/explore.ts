import type { ScheduledBlocks } from './scheduled-blocks.ts';
import { actualOf, expectedOf, jobOf, poisonUsed, type ScriptedBlock } from './scripted-block.ts';
import type { Schedule, Switch } from './turns.ts';

/** What all schedules of a block came to. */
export interface Exploration {
  readonly schedules: number;
  /** Schedules that one preemption more would have added. */
  readonly deeper: number;
  /** Steps of the longest one. */
  readonly mostSteps: number;
  /** The first schedule that went wrong, and how; the number of schedules until then is {@link schedules}. */
  readonly failure: { readonly schedule: Schedule; readonly what: string } | undefined;
}

/** What is explored of a block. */
export interface Bounds {
  /** Switches away from a worker that could have gone on. */
  readonly preemptions: number;
  /** Who begins. Both workers do the same, so that 0 alone leaves out mirror images. */
  readonly firsts: readonly number[];
  /** Schedules after which it ends all the same; absent: none. */
  readonly most?: number;
}

/**
 * Runs `block` on two workers under every schedule within `bounds`; stops at the first that does not give what serial
 * execution gives.
 */
export async function explore(blocks: ScheduledBlocks, block: ScriptedBlock, bounds: Bounds): Promise<Exploration> {
  const job = jobOf(block);
  const expected = expectedOf(block);
  const pending: Schedule[] = bounds.firsts.map((first) => ({ workers: 2, first, switches: [] }));
  let schedules = 0;
  let mostSteps = 0;
  let deeper = 0;
  for (let schedule = pending.pop(); schedule !== undefined; schedule = pending.pop()) {
    if (schedules === bounds.most) break;
    const run = await blocks.run(job, schedule);
    schedules++;
    mostSteps = Math.max(mostSteps, run.steps);
    const what = actualOf(blocks, run, block);
    if (what !== expected) {
      return { schedules, deeper, mostSteps, failure: { schedule, what: `${what} instead of ${expected}` } };
    }
    const switches = schedule.switches ?? [];
    const choices = choicesAfter(blocks, switches);
    if (switches.length === bounds.preemptions) deeper += choices.length;
    else for (const next of choices.reverse()) pending.push({ ...schedule, switches: [...switches, next] });
    poisonUsed(blocks);
  }
  return { schedules, deeper, mostSteps, failure: undefined };
}

/** Where the schedule that has just run could have been switched once more. */
function choicesAfter({ instance }: ScheduledBlocks, switches: readonly Switch[]): Switch[] {
  const records = instance.turns.choices((switches.at(-1)?.step ?? -1) + 1);
  return records.map(({ step, worker }) => ({ step, to: 1 - worker }));
}
