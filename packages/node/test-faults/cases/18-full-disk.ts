import { execFileSync } from 'node:child_process';
import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { recovered } from '../recovery.ts';
import { saidBy } from '../wire-audit.ts';

const VICTIM = 2;
/** A vote that was on the disk already may still go out for so long. */
const LATE_MS = 1_000;

/** Case 18: no file of a validator can grow, as on a full disk; then there is room again. */
export const fullDisk: FaultCase = {
  number: 18,
  title: "one validator's disk full, then free again",
  withHoles: [VICTIM],
  async run(context) {
    // Log and database have grown beyond this in the warm-up; the signer's file is always smaller.
    await fill(context, 'log and database', 4_096);
    await fill(context, 'every file', 0);
  },
};

async function fill({ network, watch, figures, scale }: CaseContext, what: string, limitBytes: number): Promise<void> {
  const others = network.all.filter((index) => index !== VICTIM);
  const pid = network.pid(VICTIM) ?? 0;
  limitFileSize(pid, String(limitBytes));
  const at = Date.now();
  const full = await elapse(scale.ms(15, 6));
  const until = Date.now();
  const said = saidBy(network.wireLogFolder, network.address(VICTIM)).filter(
    (one) => one.at >= at + LATE_MS && one.at <= until,
  );
  figures.mustBe(`${what}: signed without a disk`, said.length, 0);
  figures.tookAtMost(`${what}: mean interval of the others`, watch.meanIntervalMs(full, others), 900);
  const goesOn = network.pid(VICTIM) === pid;
  figures.tell(`${what}: process goes on`, goesOn ? 1 : 0);
  if (goesOn)
    figures.mustBe(`${what}: reads not answered`, performance.now() - watch.answeredMs(VICTIM) < 3_000 ? 0 : 1, 0);
  const freedMs = performance.now();
  if (goesOn) limitFileSize(pid, 'unlimited');
  figures.tookAtMost(`${what}: free to voting again`, await recovered(network, VICTIM, freedMs), 5_000);
}

/** Sets how large files of a running process may become; a write beyond that fails. */
function limitFileSize(pid: number, size: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}:`]);
}
