import { describe, expect, it } from 'vitest';
import { HeightOrder } from '../../src/consensus/height-order.ts';

describe('work in the order of heights', () => {
  it('runs one after another, the lowest height first, whoever fails', async () => {
    const order = new HeightOrder();
    const begun: number[] = [];
    const ends = new Map<number, (error?: Error) => void>();
    const work = (height: number) =>
      order.run(height, () => {
        begun.push(height);
        return new Promise<number>((resolve, reject) =>
          ends.set(height, (error) => (error ? reject(error) : resolve(height))),
        );
      });
    const results = Promise.allSettled([40, 30, 50, 10].map(work));
    expect(begun).toEqual([40]);
    ends.get(40)?.(new Error('failed'));
    await expect.poll(() => begun).toEqual([40, 10]);
    const late = work(5);
    ends.get(10)?.();
    await expect.poll(() => begun).toEqual([40, 10, 5]);
    ends.get(5)?.();
    await expect.poll(() => begun).toEqual([40, 10, 5, 30]);
    ends.get(30)?.();
    await expect.poll(() => begun).toEqual([40, 10, 5, 30, 50]);
    ends.get(50)?.();
    await late;
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(await order.run(1, async () => 'room again')).toBe('room again');
  });
});
