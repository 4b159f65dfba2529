import { describe, expect, it } from 'vitest';
import { createSlots } from '../src/slots.ts';

describe('slots', () => {
  it('limit the work of one key and of all, and let the next in when a place is given back', async () => {
    const slots = createSlots({ total: 3, perKey: 2, waitingPerKey: 1 });
    expect(await slots.take('a', 1_000)).toBe(true);
    expect(await slots.take('a', 1_000)).toBe(true);
    const third = slots.take('a', 60_000);
    expect(await slots.take('a', 60_000)).toBe(false);
    expect(await slots.take('b', 1_000)).toBe(true);
    expect(slots.taken).toBe(3);
    slots.give('a');
    expect(await third).toBe(true);
    expect(slots.taken).toBe(3);
  });

  it('end a wait when its time is over, and then need no giving back', async () => {
    const slots = createSlots({ total: 1, perKey: 1, waitingPerKey: 5 });
    await slots.take('a', 1_000);
    expect(await slots.take('b', 5)).toBe(false);
    slots.give('a');
    expect(slots.taken).toBe(0);
  });
});
