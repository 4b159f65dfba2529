import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { CRASH_POINTS, readPlannedCrash } from '../src/crash-points.ts';

const MODULE = pathToFileURL(join(import.meta.dirname, '../dist/crash-points.js')).href;

it('plans a crash by the name of its point and the passing', () => {
  expect(readPlannedCrash(undefined)).toBeUndefined();
  expect(readPlannedCrash('')).toBeUndefined();
  expect(CRASH_POINTS).toHaveLength(16);
  for (const point of CRASH_POINTS) {
    expect(readPlannedCrash(point)).toEqual({ point, passing: 1 });
    expect(readPlannedCrash(`${point}:12`)).toEqual({ point, passing: 12 });
  }
});

it.each(['wal-sync', 'before-tea', 'before-batch:0', 'before-batch:x', 'before-batch:1:2', 'before-batch:'])(
  'refuses %s, and says what there is',
  (text) => {
    expect(() => readPlannedCrash(text)).toThrow(
      expect.objectContaining({ code: 'CRASH_POINT_UNKNOWN', remedy: expect.stringContaining('before-wal-append') }),
    );
  },
);

it('ends the process at the planned passing of the planned point, and at no other', () => {
  const script = `
    import { crashPoint, planCrash } from ${JSON.stringify(MODULE)};
    planCrash({ point: 'after-batch', passing: 3 });
    for (let round = 1; round <= 5; round++) {
      crashPoint('before-batch');
      console.log(round);
      crashPoint('after-batch');
    }`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
  expect(signal).toBe('SIGKILL');
  expect(String(stdout)).toBe('1\n2\n3\n');
});
