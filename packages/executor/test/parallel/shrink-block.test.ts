import { testAccount, transfer } from '@heddle/testkit';
import { expect, it } from 'vitest';
import type { SenderTransaction } from '../../src/executor-api.ts';
import { checkOrShrink } from '../support/shrink-block.ts';

const alice = testAccount(1);
const bob = testAccount(2);
const block: SenderTransaction[] = Array.from({ length: 12 }, (_, nonce) => ({
  raw: transfer(alice, bob, 1n, { nonce }).raw,
  sender: alice.address,
}));

it('a block that fails is named by the transactions that it takes, with their failure', async () => {
  const check = async (transactions: readonly SenderTransaction[]) => {
    const clash = [3, 8].every((index) => transactions.includes(block[index] as SenderTransaction));
    if (clash) throw new Error(`a clash among ${transactions.length}`);
  };
  const failure = await checkOrShrink('block 7/1', block, check).catch((error: Error) => error);
  const message = expect.stringMatching(
    /^block 7\/1 fails with 2 of its 12 transactions:\n {2}3: .*nonce 3,.*\n {2}8: .*nonce 8,.*$/,
  );
  expect(failure).toMatchObject({ message, cause: { message: 'a clash among 2' } });
});

it('a block that passes is checked once, whole', async () => {
  const checked: number[] = [];
  await checkOrShrink('block 7/2', block, async ({ length }) => void checked.push(length));
  expect(checked).toEqual([block.length]);
});
