import { createRandom, type Random } from '@heddle/testkit';
import { type ConsensusLimits, DEFAULT_CONSENSUS_LIMITS } from '../../src/consensus/consensus-limits.ts';
import type { PaceRules } from '../../src/consensus/pacing.ts';
import { MISDEEDS, type Misdeed } from './byzantine.ts';
import type { ClockError } from './model-clock.ts';
import type { Link } from './model-network.ts';

/** What names one simulation. */
export interface SimulationName {
  readonly seed: string;
  readonly validators: number;
  /** Decided before it ends. */
  readonly heights: number;
}

/** One seed's world, before anything happens in it. */
export interface Scenario extends SimulationName {
  readonly random: Random;
  readonly pace: PaceRules;
  readonly limits: ConsensusLimits;
  readonly isUnordered: boolean;
  /** Every link when nothing is wrong. */
  readonly calm: Link;
  /** What a sync of a healthy disk takes at least and at most. */
  readonly syncMs: readonly [number, number];
  readonly transactionCount: number;
  /** The log is rewritten above this size. */
  readonly rewriteAboveBytes: number;
  /** Share of crashes that are power cuts: the others leave every write. */
  readonly powerCutShare: number;
  readonly nodes: readonly NodeScenario[];
  /** Heights at which a storm of faults begins. */
  readonly stormHeights: readonly number[];
}

/** One node of it. */
export interface NodeScenario {
  /** Whose key it runs with: twins share one. */
  readonly validator: number;
  readonly misdeeds: readonly Misdeed[];
  readonly clock: ClockError;
  /** Its disk may damage what was written: it does not vote at such a height, which the others must be able to bear. */
  readonly mayLoseLog: boolean;
}

const STORMS = 8;
const SLOW_SHARE = 0.1;
/** Share of the seeds in which the byzantine act together. */
const OLD_POLKA_SHARE = 0.2;
/** Short waits, so that many heights fit into little time. */
const LIMITS: ConsensusLimits = {
  ...DEFAULT_CONSENSUS_LIMITS,
  ...{ proposeMs: 100, proposeGrowthMs: 50 },
  ...{ prevoteMs: 50, prevoteGrowthMs: 25 },
  ...{ precommitMs: 50, precommitGrowthMs: 25 },
};

/** Draws the world of a seed. At most a third of its validators is faulty in any way that lasts. */
export function scenarioOf(name: SimulationName): Scenario {
  const { seed, validators, heights } = name;
  const random = createRandom(`${seed}/${validators}`);
  const faulty = random.shuffle(Array.from({ length: validators }, (_, index) => index)).slice(0, (validators - 1) / 3);
  const byzantine = random.chance(0.85) ? faulty.slice(0, random.int(1, faulty.length)) : [];
  const isOldPolka = random.chance(OLD_POLKA_SHARE);
  const doubtful = new Set(faulty.slice(byzantine.length));
  const widestMs = random.pick([5, 20, 40]);
  const nodes = Array.from({ length: validators }, (_, validator): NodeScenario => {
    const isWild = doubtful.has(validator) && random.chance(0.3);
    const offsetMs = isWild ? random.int(-2_000, 2_000) : random.int(-widestMs, widestMs);
    const clock = { offsetMs, drift: random.int(-1_000, 1_000) / 1_000_000 };
    const misdeeds: readonly Misdeed[] = !byzantine.includes(validator)
      ? []
      : isOldPolka
        ? ['old polka']
        : drawMisdeeds(random);
    return { validator, misdeeds, clock, mayLoseLog: doubtful.has(validator) };
  });
  const twins = nodes.filter(({ misdeeds }) => misdeeds.includes('twins'));
  const every = heights / (STORMS + 1);
  const blockTimeMs = random.pick([20, 40, 60]);
  // A slow world: only waits that grow are ever long enough. Half as slow, most heights come by luck without that.
  const delayMs = random.chance(SLOW_SHARE) ? ([80, 160] as const) : ([1, 5] as const);
  return {
    ...name,
    random,
    pace: { blockTimeMs, emptyBlockTimeMs: blockTimeMs },
    limits: LIMITS,
    isUnordered: random.chance(0.3),
    calm: { delayMs, lossChance: 0, doubleChance: 0, isCut: false },
    syncMs: random.pick([
      [0, 0],
      [0, 2],
    ]),
    transactionCount: random.pick([0, 0, 2]),
    rewriteAboveBytes: random.pick([4_096, 32_768]),
    powerCutShare: random.pick([0, 0.5, 1]),
    nodes: [...nodes, ...twins],
    stormHeights: Array.from({ length: STORMS }, (_, storm) => Math.floor(every * (storm + random.int(50, 100) / 100))),
  };
}

function drawMisdeeds(random: Random): Misdeed[] {
  return random.shuffle(MISDEEDS).slice(0, random.int(1, 2));
}
