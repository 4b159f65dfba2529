import { execFileSync } from 'node:child_process';
import type { CaseContext, FaultCase } from '../fault-case.ts';
import { elapse } from '../head-watch.ts';
import { recovered } from '../recovery.ts';
import { saidBy } from '../wire-audit.ts';

const VICTIM = 2;
/** A vote that was on the disk already may still go out for so long. */
const LATE_MS = 1_000;
/** How soon a new process of the validator is found. */
const NEXT_PROCESS_MS = 50;
/** Reads are asked for twenty times a second. */
const ANSWERED_MS = 3_000;

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
  /** When each process of the validator was seen to run with a full disk. */
  const processes = new Map<number, { readonly from: number; until: number }>();
  const fillUp = (): void => {
    const pid = network.pid(VICTIM);
    if (pid === undefined) return;
    const now = Date.now();
    const known = processes.get(pid);
    if (known) known.until = now;
    else {
      limitFileSize(pid, String(limitBytes));
      processes.set(pid, { from: now + LATE_MS, until: now });
    }
  };
  fillUp();
  const next = setInterval(fillUp, NEXT_PROCESS_MS); // the disk of one that is started again is just as full
  const full = await elapse(scale.ms(15, 6));
  clearInterval(next);
  const said = saidBy(network.wireLogFolder, network.address(VICTIM)).filter(({ at }) =>
    [...processes.values()].some(({ from, until }) => at >= from && at <= until),
  );
  figures.mustBe(`${what}: signed without a disk`, said.length, 0);
  figures.tookAtMost(`${what}: mean interval of the others`, watch.meanIntervalMs(full, others), 900);
  const pid = network.pid(VICTIM);
  figures.tell(`${what}: processes that ended`, processes.size - (pid === undefined ? 0 : 1));
  if (processes.size === 1 && pid !== undefined) {
    figures.mustBe(`${what}: reads not answered`, full.toMs - watch.answeredMs(VICTIM) < ANSWERED_MS ? 0 : 1, 0);
  }
  const freedMs = performance.now();
  if (pid !== undefined) limitFileSize(pid, 'unlimited');
  figures.tookAtMost(`${what}: free to voting again`, await recovered(network, VICTIM, freedMs), 5_000);
}

/** Sets how large files of a running process may become; a write beyond that fails. */
function limitFileSize(pid: number, size: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}:`]);
}
