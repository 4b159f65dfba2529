import type { Random } from '@heddle/testkit';
import type { ScriptedBlock } from './scripted-block.ts';
import type { Operation, Script } from './scripted-engine.ts';
import type { Schedule } from './turns.ts';

const MOST_STEPS_EXPECTED = 3_000;

/** A block of random scripts on the first few of `slots`, so that they meet; some are builds in which not all fit. */
export function randomScripts(random: Random, slots: readonly bigint[]): ScriptedBlock {
  const used = random.int(1, slots.length);
  const builds = random.chance(0.4);
  const count = random.int(2, 10);
  const transactions = Array.from({ length: count }, () => ({
    script: randomScript(random, { slots: used, canBeInvalid: builds }),
    gasLimit: random.chance(0.2) ? 60_000 : 30_000,
  }));
  const gasLimit = builds && random.chance(0.7) ? 30_000 + random.int(0, count) * 21_000 : 10_000_000;
  return { slots, transactions, gasLimit, builds };
}

/** Who runs when, by a seed: a switch at a step with one of `chances`, or a handful of switches anywhere. */
export function randomSchedule(random: Random, workers: number, chances: readonly number[]): Schedule {
  const first = random.int(0, workers - 1);
  if (random.chance(0.5)) {
    return { workers, first, random: { seed: random.int(1, 0x7fff_ffff), chance: random.pick(chances) } };
  }
  const steps = Array.from(
    { length: random.int(3, 12) },
    () => random.int(0, MOST_STEPS_EXPECTED) % random.int(50, 3_000),
  );
  const switches = [...new Set(steps)].sort((a, b) => a - b).map((step) => ({ step, to: random.int(0, workers - 1) }));
  return { workers, first, switches };
}

function randomScript(random: Random, has: { readonly slots: number; readonly canBeInvalid: boolean }): Script {
  const slot = () => random.int(0, has.slots - 1);
  const script: Operation[] = [];
  for (let left = random.int(1, 7); left > 0; left--) {
    const kind = random.pick(['read', 'read', 'write', 'write', 'add', 'put', 'poll', 'skip', 'rare'] as const);
    if (kind === 'add') script.push(['add', random.int(1, 5)]);
    else if (kind === 'poll') script.push(['poll']);
    else if (kind === 'skip') script.push(['skipIfEven', random.int(1, 3)]);
    else if (kind !== 'rare') script.push([kind, slot()]);
    else if (has.canBeInvalid && random.chance(0.5)) script.push(['invalidIfOdd']);
    else if (random.chance(0.5)) script.push(['wipe']);
  }
  return script;
}
