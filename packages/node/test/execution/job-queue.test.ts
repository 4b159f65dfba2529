import { expect, it } from 'vitest';
import { JobQueue } from '../../src/execution/job-queue.ts';

/** A job that ends when it is told to. */
function openJob() {
  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { ended, finish };
}

it('runs jobs one after another, in the order in which they were asked for', async () => {
  const queue = new JobQueue();
  const log: string[] = [];
  const first = openJob();
  const jobs = ['one', 'two', 'three'].map((name) =>
    queue.run(async () => {
      log.push(`${name} begins`);
      if (name === 'one') await first.ended;
      log.push(`${name} ends`);
      return name;
    }),
  );
  await Promise.resolve();
  expect(log).toEqual(['one begins']);
  first.finish();
  expect(await Promise.all(jobs)).toEqual(['one', 'two', 'three']);
  expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
});

it('tells whoever asked of a failure, and the next job has its turn', async () => {
  const queue = new JobQueue();
  const failing = queue.run(() => Promise.reject(new Error('no')));
  const next = queue.run(async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});

it('refuses more jobs than a validator can ask for, until some have ended', async () => {
  const queue = new JobQueue();
  const gate = openJob();
  const jobs = Array.from({ length: 32 }, () => queue.run(() => gate.ended));
  await expect(queue.run(async () => undefined)).rejects.toMatchObject({ code: 'EXECUTION_BUSY' });
  gate.finish();
  await Promise.all(jobs);
  expect(await queue.run(async () => 'room again')).toBe('room again');
});
