import { nextBaseFee } from '@heddle/primitives';
import { expect, test } from 'vitest';
import { elasticityShownBy } from '../src/elasticity.ts';

const parent = { gasUsed: 13_000_000n, gasLimit: 30_000_000n, baseFeePerGas: 1_000_000_000n };

test.each([1, 2, 4])('an elasticity of %i shows in the base fee after a block with gas', (elasticity) => {
  const child = { baseFeePerGas: nextBaseFee(parent, { elasticity, baseFeeDenominator: 8 }) };
  expect(elasticityShownBy(parent, child)).toBe(elasticity);
});

test('a block without gas tells nothing of the elasticity', () => {
  const empty = { ...parent, gasUsed: 0n };
  const child = { baseFeePerGas: nextBaseFee(empty, { elasticity: 2, baseFeeDenominator: 8 }) };
  expect(elasticityShownBy(empty, child)).toBeUndefined();
});
