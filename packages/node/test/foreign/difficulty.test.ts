import { EMPTY_LIST_HASH, type Header } from '@heddle/primitives';
import { describe, expect, it } from 'vitest';
import { networkConfig } from '../../src/conformance/network-config.ts';
import { childDifficulty } from '../../src/foreign/difficulty.ts';

interface Parent {
  readonly number: number;
  readonly difficulty: bigint;
  readonly hasOmmers?: boolean;
}

/** The difficulty of a block `elapsed` seconds after `parent`, on a chain of that network from genesis. */
function difficultyAfter(network: string, { number, difficulty, hasOmmers = false }: Parent, elapsed: number): bigint {
  const config = networkConfig(network, { chainId: 1, blobSchedule: {} });
  const ommersHash = hasOmmers ? `0x${'11'.repeat(32)}` : EMPTY_LIST_HASH;
  const header = { number, difficulty, ommersHash, timestamp: 1_000 } as Pick<Header, 'number'> as Header;
  return childDifficulty(config, header, 1_000 + elapsed);
}

// Expected values by the formulas of the yellow paper (Frontier), EIP-2, EIP-100 and the EIPs that delay the bomb.
describe('the difficulty of the next block', () => {
  const parent = { number: 9, difficulty: 2_048_000n };

  it.each<[string, number, bigint]>([
    ['Frontier', 12, 2_049_000n],
    ['Frontier', 13, 2_047_000n],
    ['Frontier', 10_000, 2_047_000n],
    ['Homestead', 9, 2_049_000n],
    ['Homestead', 19, 2_048_000n],
    ['Homestead', 30, 2_046_000n],
    ['Homestead', 10_000, 1_949_000n],
    ['Byzantium', 8, 2_049_000n],
    ['Byzantium', 9, 2_048_000n],
    ['Byzantium', 18, 2_047_000n],
  ])('in %s after %i seconds is %i', (network, elapsed, expected) => {
    expect(difficultyAfter(network, parent, elapsed)).toBe(expected);
  });

  it('counts the ommers of the parent since Byzantium', () => {
    expect(difficultyAfter('Byzantium', { ...parent, hasOmmers: true }, 9)).toBe(2_049_000n);
    expect(difficultyAfter('Homestead', { ...parent, hasOmmers: true }, 10)).toBe(2_048_000n);
  });

  it('does not fall below the least, to which the bomb is added', () => {
    expect(difficultyAfter('Homestead', { number: 9, difficulty: 131_072n }, 100)).toBe(131_072n);
    expect(difficultyAfter('Homestead', { number: 499_999, difficulty: 131_072n }, 100)).toBe(131_072n + 8n);
  });

  it.each([
    ['Frontier', 0],
    ['Byzantium', 3_000_000],
    ['Constantinople', 5_000_000],
    ['Istanbul', 5_000_000],
    ['MuirGlacier', 9_000_000],
    ['London', 9_700_000],
    ['ArrowGlacier', 10_700_000],
    ['GrayGlacier', 11_400_000],
  ])('holds the bomb back as %s does: %i blocks', (network, delay) => {
    const least = { difficulty: 131_072n };
    expect(difficultyAfter(network, { number: delay + 199_998, ...least }, 1_000)).toBe(131_072n);
    expect(difficultyAfter(network, { number: delay + 199_999, ...least }, 1_000)).toBe(131_072n + 1n);
    expect(difficultyAfter(network, { number: delay + 1_099_999, ...least }, 1_000)).toBe(131_072n + 512n);
  });
});
