import { waitFor } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { Intake, type IntakeJob } from '../../src/pool/intake.ts';

/** A job of `stepCount` steps, each taking `stepMs` of the thread. */
function job(
  name: string,
  log: string[],
  options: { stepCount?: number; stepMs?: number; sizeBytes?: number } = {},
): IntakeJob {
  const { stepCount = 1, stepMs = 0, sizeBytes = 1 } = options;
  let left = stepCount;
  return {
    count: stepCount,
    sizeBytes,
    step() {
      const end = performance.now() + stepMs;
      while (performance.now() < end);
      log.push(name);
      return --left > 0 ? 'more' : 'done';
    },
  };
}

async function drained(intake: Intake) {
  await waitFor(() => intake.waitingCount === 0, { what: 'an empty intake', everyMs: 1 });
}

describe('the intake', () => {
  it('does nothing while it is called, then everything, in order within a lane', async () => {
    const log: string[] = [];
    const intake = new Intake();
    for (const name of ['a', 'b', 'c']) expect(intake.offer('rpc', job(name, log, { stepCount: 2 }))).toBe(true);
    expect(log).toEqual([]);
    expect(intake.waitingCount).toBe(6);
    await drained(intake);
    expect(log).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  });

  it('takes urgent work before all other, also between the steps of a long job', async () => {
    const log: string[] = [];
    const intake = new Intake();
    intake.offer('gossip', job('gossip', log, { stepCount: 8, stepMs: 2 }));
    intake.offer('urgent', job('urgent', log));
    expect(log).toEqual([]);
    await waitFor(() => log.length >= 3, { what: 'the first slice', everyMs: 1 });
    intake.offer('urgent', job('later', log));
    await drained(intake);
    expect(log[0]).toBe('urgent');
    expect(log.indexOf('later')).toBeLessThan(log.length - 1);
  });

  it('lets neither wallets nor gossip starve while the other has long jobs', async () => {
    const log: string[] = [];
    const intake = new Intake();
    for (const lane of ['gossip', 'rpc'] as const) {
      for (let index = 0; index < 3; index++) intake.offer(lane, job(lane, log, { stepCount: 4, stepMs: 3 }));
    }
    await drained(intake);
    // Slices of 4 ms take turns: each lane has a share of every eight steps.
    const firstHalf = log.slice(0, 12);
    expect(firstHalf.filter((name) => name === 'rpc').length).toBeGreaterThanOrEqual(4);
    expect(firstHalf.filter((name) => name === 'gossip').length).toBeGreaterThanOrEqual(4);
  });

  it('leaves the thread to others between slices', async () => {
    const log: string[] = [];
    const intake = new Intake();
    intake.offer('rpc', job('step', log, { stepCount: 10, stepMs: 2 }));
    await new Promise<void>((resolve) => {
      setImmediate(() => setImmediate(resolve));
    });
    expect(log.length).toBeGreaterThan(0);
    expect(log.length).toBeLessThan(10);
    await drained(intake);
  });

  it('is full by count or by bytes, per lane, but always takes one job', async () => {
    const intake = new Intake({ count: 3, sizeBytes: 10 });
    const log: string[] = [];
    expect(intake.offer('rpc', job('long', log, { stepCount: 5 }))).toBe(true);
    expect(intake.offer('rpc', job('refused', log))).toBe(false);
    expect(intake.offer('gossip', job('large', log, { sizeBytes: 9 }))).toBe(true);
    expect(intake.offer('gossip', job('refused', log, { sizeBytes: 2 }))).toBe(false);
    expect(intake.offer('gossip', job('small', log, { sizeBytes: 1 }))).toBe(true);
    await drained(intake);
    expect(log).not.toContain('refused');
    expect(intake.offer('rpc', job('again', log))).toBe(true);
    await drained(intake);
  });

  it('forgets what waits when it is cleared', async () => {
    const intake = new Intake();
    const log: string[] = [];
    intake.offer('rpc', job('never', log));
    intake.clear();
    expect(intake.waitingCount).toBe(0);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(log).toEqual([]);
  });
});
