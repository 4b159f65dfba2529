import { expect, test } from 'vitest';
import { createSchedule } from '../src/schedule.ts';

test('every slot of an open-loop schedule comes due once, at its own time, however rarely one looks', () => {
  const often = createSchedule(10, 1_000);
  const seen = [0, 50, 100, 150, 990, 2_000].flatMap((elapsedMs) => often.due(elapsedMs));
  expect(seen).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  const late = createSchedule(10, 1_000);
  expect(late.due(5_000)).toEqual(seen);
  expect(late.due(6_000)).toEqual([]);
});
