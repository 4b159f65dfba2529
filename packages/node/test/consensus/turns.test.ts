import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/consensus/turns.ts';

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('turns', () => {
  it('come one after another, the urgent ones first', async () => {
    const order: string[] = [];
    const turns = new Turns((error) => order.push(String(error)));
    const slow = (name: string) => async () => {
      order.push(`${name} begins`);
      await settle();
      order.push(`${name} ends`);
    };
    turns.add(async () => {
      await slow('first')();
      turns.add(slow('last'));
      turns.addFirst(slow('urgent'));
    });
    turns.add(slow('second'));
    expect(order).toEqual([]); // never inside the call that adds
    await turns.ask(async () => undefined);
    expect(order.filter((line) => line.endsWith('begins'))).toEqual(['first begins', 'urgent begins', 'second begins']);
    await turns.ask(async () => undefined);
    expect(order).toHaveLength(8);
    for (let index = 0; index < order.length; index += 2) {
      expect(order[index]?.split(' ')[0]).toBe(order[index + 1]?.split(' ')[0]);
    }
  });

  it('stop at the first that fails', async () => {
    const errors: unknown[] = [];
    let isReached = false;
    const turns = new Turns((error) => errors.push(error));
    turns.add(() => {
      throw new RangeError('broken');
    });
    turns.add(() => {
      isReached = true;
    });
    await settle();
    expect(errors).toEqual([new RangeError('broken')]);
    expect(isReached).toBe(false);
    expect(await turns.ask(async () => 1)).toBeUndefined();
  });

  it('give back to who asks, also its error', async () => {
    const errors: unknown[] = [];
    const turns = new Turns((error) => errors.push(error));
    expect(await turns.ask(async () => 7)).toBe(7);
    await expect(turns.ask(() => Promise.reject(new RangeError('asked')))).rejects.toThrowError('asked');
    expect(await turns.ask(async () => 8)).toBe(8);
    expect(errors).toEqual([]);
  });

  it('end after the one in progress', async () => {
    const turns = new Turns(() => undefined);
    const order: string[] = [];
    turns.add(async () => {
      await settle();
      order.push('in progress');
    });
    turns.add(() => void order.push('never'));
    const asked = turns.ask(async () => 1);
    await Promise.resolve().then(() => undefined);
    await turns.end();
    expect(order).toEqual(['in progress']);
    expect(await asked).toBeUndefined();
  });
});
