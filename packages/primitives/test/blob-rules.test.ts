import { describe, expect, it } from 'vitest';
import { blobBaseFeePerGas, blobRulesOf } from '../src/blob-rules.ts';

const cancun = blobRulesOf({ fork: 'cancun' });

describe('the price of blob gas', () => {
  it.each([
    // From the tests of EIP-4844's fake_exponential in go-ethereum, consensus/misc/eip4844/eip4844_test.go.
    [0n, 1n],
    [2_314_057n, 1n],
    [2_314_058n, 2n],
    [10n * 1_024n * 1_024n, 23n],
  ])('is, at an excess of %s, %s wei', (excess, price) => {
    expect(blobBaseFeePerGas(excess, cancun)).toBe(price);
  });

  it('rises with the excess, and ends where nobody could pay it', () => {
    const payable = (1n << 256n) - 1n;
    const at = (excess: bigint) => blobBaseFeePerGas(excess, cancun);
    expect(at(592_000_000n)).toBeLessThan(payable);
    expect(at(593_000_000n)).toBeGreaterThan(payable);
    const absurd = [1_200_000_000n, 1n << 64n, payable].map(at);
    expect(absurd).toEqual(absurd.map(() => 1n << 512n));
  });
});
