import { decodeValidatorSet } from '@heddle/consensus';
import { expect, it } from 'vitest';
import { chainAuthenticity } from '../../src/consensus/authenticity.ts';
import { BlockProver } from '../../src/consensus/block-prover.ts';
import { FakePool } from './fake-chain.ts';
import { fakeHistory } from './fake-history.ts';

it.each([
  { transactions: 640, transactionBytes: 100 },
  { transactions: 10, transactionBytes: 128 * 1_024 },
])(
  'the proof of a block stands aside ten times: $transactions transactions of $transactionBytes bytes',
  async (block) => {
    const { store, domain } = await fakeHistory(1, block);
    let pauses = 0;
    const schedule = (_ms: number, callback: () => void) => {
      pauses++;
      setImmediate(callback);
      return () => undefined;
    };
    const prover = new BlockProver({
      pool: new FakePool(store),
      clock: { now: () => 0, schedule },
      authenticity: chainAuthenticity(domain),
      validators: () => decodeValidatorSet(store.head.nextValidators),
    });
    const [decided] = store.blocks;
    if (decided === undefined) expect.fail('the chain has a block');
    const proof = { height: 1, peerId: 'a peer', signal: new AbortController().signal };
    const proved = await prover.prove(decided, { ...proof, isNeeded: () => true });
    expect(proved?.block.senders).toHaveLength(block.transactions);
    expect(pauses).toBeGreaterThanOrEqual(10);
    pauses = 0;
    expect(await prover.prove(decided, { ...proof, isNeeded: () => false })).toBeUndefined();
    expect(pauses).toBe(0);
  },
);
