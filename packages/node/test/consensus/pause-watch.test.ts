import { createFakeClock } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { PauseWatch } from '../../src/consensus/pause-watch.ts';

function watched() {
  let skippedMs = 0;
  const inner = createFakeClock(1_000_000);
  const events: string[] = [];
  const clock = { now: () => inner.now() + skippedMs, schedule: inner.schedule };
  const watch = new PauseWatch(clock, () => events.push('pause'));
  const skip = (ms: number): void => {
    skippedMs += ms;
  };
  return { watch, events, skip, advance: inner.advance, now: clock.now };
}

it('is told of a pause before whatever happens first after it', () => {
  const { watch, events, skip, advance } = watched();
  watch.alive();
  watch.clock.schedule(100, () => events.push('timer'));
  advance(50);
  skip(20_000);
  advance(50);
  expect(events).toEqual(['pause', 'timer']);
  expect(watch.isWaking).toBe(true);
  watch.end();
  expect(watch.isWaking).toBe(false);
});

it('takes neither a busy second nor a clock that is set back for a pause', () => {
  const { watch, events, skip } = watched();
  for (const ms of [0, 1_900, -60_000, 2_000]) {
    skip(ms);
    watch.alive();
  }
  expect(events).toEqual([]);
});

it('tells news from what lay in the sockets, and does not wait for ever', () => {
  const { watch, skip, now } = watched();
  watch.alive();
  expect(watch.isNews(0)).toBe(true);
  skip(5_000);
  watch.alive();
  const wokenMs = now();
  expect([0, 249, 250].map((ms) => watch.isNews(wokenMs + ms))).toEqual([false, false, true]);
  expect(watch.isOverdue).toBe(false);
  skip(3_000);
  expect(watch.isOverdue).toBe(true);
});
