import { orderedTrieRoot } from '@heddle/executor';
import { type Block, type ExecutionRules, GAS_PER_BLOB, type Header, hashOmmers } from '@heddle/primitives';
import { GWEI, signedTransaction, TEST_CHAIN_ID, testAccount } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { judgeBody } from '../../src/foreign/body-rules.ts';

const RULES: ExecutionRules = {
  chainId: TEST_CHAIN_ID,
  fork: 'osaka',
  transactionGasCap: 1n << 24n,
  codeSizeLimit: 24_576,
};
const SENDER = testAccount(0, 'blobs');

describe('the body of a block', () => {
  it('may hold as many blobs as its fork allows, in all transactions together, and no more', () => {
    expect(judgeBody(blockOf([6, 3]), 1_000, RULES)).toMatchObject({ transactions: [{}, {}], foreign: undefined });
    const refusal = { reason: "10 blobs exceed the block's 9" };
    expect(judgeBody(blockOf([6, 4]), 1_000, RULES)).toMatchObject({ refusal });
    const blobs = { target: 10, max: 10, baseFeeUpdateFraction: 8_346_193n }; // EIP-7892
    expect(judgeBody(blockOf([6, 4]), 1_000, { ...RULES, blobs })).toMatchObject({ transactions: [{}, {}] });
  });
});

/** A block with a transaction for each of the counts, which holds so many blobs. */
function blockOf(counts: readonly number[]): Block {
  const transactions = counts.map((count, nonce) => {
    const blobVersionedHashes = Array.from({ length: count }, () => `0x01${'5a'.repeat(31)}` as const);
    return signedTransaction(SENDER, { type: 3, nonce, maxFeePerBlobGas: GWEI, blobVersionedHashes }).raw;
  });
  const blobs = counts.reduce((sum, count) => sum + count, 0);
  const header = {
    ommersHash: hashOmmers([]),
    transactionsRoot: orderedTrieRoot(transactions),
    withdrawalsRoot: orderedTrieRoot([]),
    blobGasUsed: GAS_PER_BLOB * BigInt(blobs),
  };
  return { header: header as Header, transactions, withdrawals: [] };
}
