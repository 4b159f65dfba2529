// One workload on all of its sides: the same rounds for each, in turns, so that what slows the machine down slows all.
import { nameOf, startSide } from './sides.mjs';

/** A side that takes longer than this for one run gets {@link SLOW_ROUNDS}. */
const SLOW_MS = 1_500;
const SLOW_ROUNDS = 3;

/**
 * What each of `sides` took, as `{ engine, workers, rounds, runs, executionMs, … }`, and whom it went wrong with. All must
 * come to the same receipts, state or answer.
 */
export async function measure(workload, sides, { rounds, minimumMs }) {
  const running = [];
  const failures = [];
  const fail = async (one, error) => {
    running.splice(running.indexOf(one), 1);
    failures.push({ name: nameOf(workload.name, one.side), reason: String(error?.message ?? error) });
    await one.process?.kill();
  };
  for (const side of sides) {
    const one = { side, made: [] };
    running.push(one);
    await attempt(one, fail, async () => {
      one.process = await startSide(side, workload);
      const { proof, runMs } = await one.process.start();
      one.proof = proof;
      one.rounds = runMs > SLOW_MS ? Math.min(SLOW_ROUNDS, rounds) : rounds;
    });
  }
  await compareProofs(running, fail);
  for (let round = -1; round < rounds; round++) {
    for (const one of [...running]) {
      if (round >= one.rounds) continue;
      await attempt(one, fail, async () => {
        const made = await one.process.round({ minimumMs });
        if (round >= 0) one.made.push(made); // the first one is for warming up
      });
    }
  }
  for (const one of [...running]) {
    await attempt(one, fail, async () => {
      const { residentBytes, proof } = await one.process.end();
      Object.assign(one, { residentBytes, proof });
    });
  }
  await compareProofs(running, fail);
  return { measured: running.map(summary), failures };
}

async function attempt(one, fail, work) {
  try {
    await work();
  } catch (error) {
    await fail(one, error);
  }
}

/** The first of our sides is what the others must equal, as far as both can say. */
async function compareProofs(running, fail) {
  const model = running.find(({ side }) => side.workers === 'plain' && side.engine !== 'stock') ?? running[0];
  for (const one of [...running]) {
    const different = Object.keys(one.proof).find(
      (key) => model.proof[key] !== undefined && model.proof[key] !== one.proof[key],
    );
    if (different === undefined) continue;
    const said = `${different} is ${one.proof[different]}, ${nameOf('', model.side).trim()} gives ${model.proof[different]}`;
    await fail(one, new Error(said));
  }
}

function summary({ side, made, residentBytes, proof }) {
  const runs = made.reduce((sum, round) => sum + round.runs, 0);
  const totalCpuMs = made.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  return {
    ...side,
    ...{ rounds: made.length, runs, residentBytes, totalCpuMs, gasUsed: proof.gasUsed },
    cpuMs: totalCpuMs / runs,
    executionMs: least(made, 'executionMs'),
    blockMs: least(made, 'blockMs'),
    reExecutions: mean(made, 'reExecutions'),
    unlimitedBound: made.at(-1).unlimitedBound,
  };
}

function least(made, key) {
  return made[0][key] === undefined ? undefined : Math.min(...made.map((round) => round[key]));
}

function mean(made, key) {
  return made[0][key] === undefined ? undefined : made.reduce((sum, round) => sum + round[key], 0) / made.length;
}
