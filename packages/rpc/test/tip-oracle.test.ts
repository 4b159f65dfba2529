import { ETHER, GWEI, testAccount, transfer } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { createBlockReadings } from '../src/block-readings.ts';
import { createTipOracle } from '../src/tip-oracle.ts';
import { createTinyChain } from './tiny-chain.ts';

const sender = testAccount(0);

it('reads the transactions of a block once, whatever comes after it', () => {
  const chain = createTinyChain(new Map([[sender.address, ETHER]]));
  const oracle = createTipOracle(createBlockReadings(2));
  const reads: number[] = [];
  const suggest = () => {
    const view = chain.view();
    const { blockByNumber } = view;
    view.blockByNumber = (number) => {
      reads.push(number);
      return blockByNumber(number);
    };
    return oracle.suggest(view) / GWEI;
  };
  const addWithTip = (nonce: number, gwei: bigint) =>
    chain.add({ transactions: [transfer(sender, sender, 1n, { nonce, maxPriorityFeePerGas: gwei * GWEI })] });
  const suggested: bigint[] = [];
  for (let nonce = 0; nonce < 30; nonce++) {
    addWithTip(nonce, BigInt(nonce + 2));
    suggested.push(suggest());
  }
  expect(reads).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(suggested.slice(0, 3)).toEqual([2n, 2n, 3n]);
  expect(suggested.at(-1)).toBe(12n + 11n); // tips 12 to 31 gwei: the 60th percentile of 20 is the 12th
});

it('never suggests more than 500 gwei', () => {
  const chain = createTinyChain(new Map([[sender.address, ETHER]]));
  const fees = { maxFeePerGas: 9_000n * GWEI, maxPriorityFeePerGas: 8_000n * GWEI };
  chain.add({ transactions: [transfer(sender, sender, 1n, fees)] });
  expect(createTipOracle(createBlockReadings(2)).suggest(chain.view())).toBe(500n * GWEI);
});
