import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { PATIENCE_MS } from '../network-under-fault.ts';
import { recovered } from '../recovery.ts';
import { saidBy } from '../wire-audit.ts';

const VICTIM = 1;

/** Case 17: the state of a signer is gone, an old copy, or unreadable. */
export const lostSignerState: FaultCase = {
  number: 17,
  title: "a signer's state lost, rolled back, unreadable",
  async run(context) {
    const { network, watch } = context;
    const { stateFile } = network.paths(VICTIM);
    const old = join(network.scratch, 'old-state.json');
    copyFileSync(stateFile, old);
    await watch.allReach(watch.head() + 2, network.all, PATIENCE_MS);
    await refuse(context, 'rolled back', () => copyFileSync(old, stateFile));
    await refuse(context, 'unreadable', () => writeFileSync(stateFile, readFileSync(stateFile).subarray(7)));
    await refuse(context, 'deleted', () => renameSync(stateFile, `${stateFile}.away`));
  },
};

/** Damages the state, sees that the validator does not start, and brings the right state back. */
async function refuse(
  { network, watch, figures, scale }: CaseContext,
  what: string,
  damage: () => void,
): Promise<void> {
  await network.kill(VICTIM);
  const { stateFile } = network.paths(VICTIM);
  const right = join(network.scratch, 'right-state.json');
  copyFileSync(stateFile, right);
  damage();
  const at = Date.now();
  const outcome = await network.restart(VICTIM).then(
    () => 'it started',
    (error: unknown) => String(error instanceof Error ? error.message : error),
  );
  figures.mustBe(`${what}: starts`, outcome === 'it started' ? 1 : 0, 0);
  figures.mustBe(`${what}: the refusal names the signer's state`, /signer|signed/.test(outcome) ? 1 : 0, 1);
  await elapse(scale.ms(5, 2));
  const said = saidBy(network.wireLogFolder, network.address(VICTIM)).filter((one) => one.at >= at);
  figures.mustBe(`${what}: said without a state`, said.length, 0);
  await network.kill(VICTIM);
  copyFileSync(right, stateFile);
  const { startedMs } = await network.restart(VICTIM);
  await recovered(network, VICTIM, startedMs);
  await watch.allReach(watch.head() + 2, network.all, PATIENCE_MS);
}
