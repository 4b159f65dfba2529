import type { Timeout } from '@heddle/consensus';
import { expect, it } from 'vitest';
import { DEFAULT_CONSENSUS_LIMITS } from '../../src/consensus/consensus-limits.ts';
import { RoundTimers } from '../../src/consensus/round-timers.ts';
import { Timeouts } from '../../src/consensus/timeouts.ts';

/** Timers over a clock that a test moves; a callback that is due runs when `fire` is called. */
function timersUnderTest() {
  let nowMs = 1_000_000;
  let scheduled: { dueMs: number; callback: () => void }[] = [];
  const fired: Timeout[] = [];
  const clock = {
    now: () => nowMs,
    schedule(delayMs: number, callback: () => void) {
      const one = { dueMs: nowMs + delayMs, callback };
      scheduled.push(one);
      return () => {
        scheduled = scheduled.filter((other) => other !== one);
      };
    },
  };
  const timers = new RoundTimers(clock, new Timeouts(DEFAULT_CONSENSUS_LIMITS), (timeout) => fired.push(timeout));
  const advance = (ms: number): void => {
    nowMs += ms;
    const due = scheduled.filter(({ dueMs }) => dueMs <= nowMs);
    scheduled = scheduled.filter((one) => !due.includes(one));
    for (const { callback } of due) callback();
  };
  return { timers, fired, advance };
}

const PROPOSE: Timeout = { height: 5, round: 0, kind: 'propose' };

it('fires when the time is over', () => {
  const { timers, fired, advance } = timersUnderTest();
  timers.schedule({ type: 'scheduleTimeout', timeout: PROPOSE, urgency: 'patient' });
  advance(999);
  expect(fired).toEqual([]);
  advance(1);
  expect(fired).toEqual([PROPOSE]);
});

it('keeps what runs out while it is held, until it is released or the height is over', () => {
  const { timers, fired, advance } = timersUnderTest();
  timers.hold();
  timers.schedule({ type: 'scheduleTimeout', timeout: PROPOSE, urgency: 'patient' });
  advance(20_000);
  expect(fired).toEqual([]);
  timers.clear(); // the height is over
  timers.release();
  expect(fired).toEqual([]);

  timers.hold();
  timers.schedule({ type: 'scheduleTimeout', timeout: PROPOSE, urgency: 'patient' });
  timers.schedule({ type: 'scheduleTimeout', timeout: { ...PROPOSE, kind: 'prevote' }, urgency: 'patient' });
  advance(700);
  timers.release();
  expect(fired).toEqual([{ ...PROPOSE, kind: 'prevote' }]);
  advance(300);
  expect(fired).toEqual([{ ...PROPOSE, kind: 'prevote' }, PROPOSE]);
});

it('waits half as long for a proposer who is not there', () => {
  const { timers, fired, advance } = timersUnderTest();
  timers.schedule({ type: 'scheduleTimeout', timeout: PROPOSE, urgency: 'patient' }, 'absent');
  advance(499);
  expect(fired).toEqual([]);
  advance(1);
  expect(fired).toEqual([PROPOSE]);
});
