import { seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

const SEED = seedFromEnvironment('simulation');

describe('the simulator', () => {
  it.each([4, 7])(
    'finds nothing broken among %i validators, and does the same again for the same seed',
    async (validators) => {
      const name = { seed: `${SEED}.0`, validators, heights: 8 };
      const [lines, again]: [string[], string[]] = [[], []];
      const first = await simulate(name, (line) => lines.push(line));
      expect(first.breach).toBeUndefined();
      expect(first.decidedHeights).toBeGreaterThanOrEqual(8);
      const second = await simulate(name, (line) => again.push(line));
      expect(again.join('\n')).toBe(lines.join('\n'));
      expect(second).toEqual(first);
      const unlogged = await simulate(name);
      expect(unlogged).toEqual(first);
      const other = await simulate({ ...name, seed: `${SEED}.1` });
      expect(other.fingerprint).not.toBe(first.fingerprint);
    },
  );
});
