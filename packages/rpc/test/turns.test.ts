import { describe, expect, it } from 'vitest';
import { createTurns } from '../src/turns.ts';

/** Keeps the thread for so long. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('turns', () => {
  it('go round among all that wait', async () => {
    const turns = createTurns(1_000);
    const order: string[] = [];
    const long = async (name: string) => {
      for (let step = 0; step < 3; step++) {
        order.push(name);
        await turns.next();
      }
    };
    await Promise.all([long('a'), long('b')]);
    expect(order.join('')).toBe('ababab');
  });

  it('are overloaded while a round takes longer than it may, and only while somebody waits', async () => {
    const turns = createTurns(20);
    let isDone = false;
    const long = async () => {
      while (!isDone) {
        work(8);
        await turns.next();
      }
    };
    const running = [long(), long(), long(), long()];
    await turns.next();
    await turns.next();
    expect(turns.isOverloaded).toBe(true);
    isDone = true;
    await Promise.all(running);
    expect(turns.isOverloaded).toBe(false);
    const after = turns.next(); // the first of a new round: the one before was long
    await after;
    await turns.next();
    expect(turns.isOverloaded).toBe(false);
  });
});
