import { ETHER, testAccount, transfer } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { createBlockReadings } from '../src/block-readings.ts';
import type { ChainView } from '../src/ports.ts';
import { createTinyChain } from './tiny-chain.ts';

const sender = testAccount(0);

/** A chain, and a view that counts which blocks are read from it. */
function counted() {
  const chain = createTinyChain(new Map([[sender.address, ETHER]]));
  const reads: string[] = [];
  const view = (): ChainView => {
    const opened = chain.view();
    const { blockByNumber, receipts, senders } = opened;
    const noted = <T>(what: string, read: (number: number) => T) => {
      return (number: number): T => {
        reads.push(`${what} ${number}`);
        return read(number);
      };
    };
    opened.blockByNumber = noted('block', blockByNumber);
    opened.receipts = noted('receipts', receipts);
    opened.senders = noted('senders', senders);
    return opened;
  };
  return { chain, view, reads };
}

it('reads a block once and its parts when they are asked for', () => {
  const { chain, view, reads } = counted();
  const sent = transfer(sender, sender, 1n);
  chain.add({ transactions: [sent] });
  const blocks = createBlockReadings(2);
  for (let count = 0; count < 3; count++) {
    const reading = blocks.read(view(), 1);
    expect(reading?.hashOf(0)).toBe(sent.hash);
    expect(reading?.transaction(0).hash).toBe(sent.hash);
    expect(reading?.receipts()).toHaveLength(1);
    expect(reading?.sender(0)).toBe(sender.address);
  }
  expect(reads).toEqual(['block 1', 'receipts 1', 'senders 1']);
});

it('keeps no more than its limit, the ones used last', () => {
  const { chain, view, reads } = counted();
  for (let count = 0; count < 3; count++) chain.add();
  const blocks = createBlockReadings(2);
  for (const number of [1, 2, 1, 3, 1, 2]) blocks.read(view(), number);
  expect(reads).toEqual(['block 1', 'block 2', 'block 3', 'block 2']);
});

it('takes a new head with its receipts, and shows it to no view that is older', () => {
  const { chain, view, reads } = counted();
  const blocks = createBlockReadings(2);
  const old = view();
  chain.onHead((head) => void blocks.add(head));
  chain.add({ transactions: [transfer(sender, sender, 1n)] });
  expect(blocks.read(old, 1)).toBeUndefined();
  expect(blocks.read(view(), 1)?.receipts()).toHaveLength(1);
  expect(reads).toEqual([]);
});

it('has the logs of a new head of which a request has read a part already', () => {
  const { chain, view, reads } = counted();
  const blocks = createBlockReadings(2);
  chain.onHead((head) => {
    expect(blocks.read(view(), 1)?.transactionCount).toBe(1);
    expect(blocks.add(head).receipts()).toHaveLength(1);
    expect(blocks.add(head).firstLogIndex(0)).toBe(0);
  });
  chain.add({ transactions: [transfer(sender, sender, 1n)] });
  expect(reads).toEqual(['block 1']);
});
