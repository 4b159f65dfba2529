import { EMPTY_BLOOM, EMPTY_REQUESTS_HASH, encodeStoredReceipts, type Receipt, ZERO_HASH } from '@heddle/primitives';
import { signedTransaction, testAccount } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { JsonField } from '../../src/files/json-field.ts';
import { readChainConfig } from '../../src/foreign/read-chain-config.ts';
import { type BothRuns, compareRuns, differencesOf } from '../../src/replay/checks.ts';
import { readReplayBlock } from '../../src/replay/read-block.ts';
import type { RunOutcome } from '../../src/replay/run-outcome.ts';
import { account, GENESIS, traceBlock } from './traced-block.ts';

const alice = testAccount(0);
const config = readChainConfig(new JsonField('genesis', '', GENESIS).field('config'));
const { block } = await traceBlock(
  [account(alice.address)],
  [{ transaction: signedTransaction(alice), sender: alice.address }],
);
const replay = readReplayBlock(new JsonField('block.json', '', block), config);
const { header } = replay.block;
const receipt: Receipt = {
  type: 2,
  succeeded: true,
  gasUsed: 21_000n,
  cumulativeGasUsed: 21_000n,
  logs: [],
  logsBloom: EMPTY_BLOOM,
  contractAddress: undefined,
};
const receipts = encodeStoredReceipts([receipt]);
const { receiptsRoot, stateRoot } = header;
const plain: RunOutcome = {
  ...{ gasUsed: 21_000n, logsBloom: EMPTY_BLOOM, receipts, requestsHash: EMPTY_REQUESTS_HASH },
  ...{ receiptsRoot, stateRoot },
};

/** The lines that say what differs where parallel execution gives `changes`. */
function differences(changes: Partial<RunOutcome>, runs: Partial<BothRuns> = {}): string[] {
  const other = { name: 'parallel execution', outcome: { ...plain, ...changes } };
  const both: BothRuns = { plain, other, isProven: false, knowsRequests: true, ...runs };
  return differencesOf(compareRuns(replay, both), both);
}

describe('plain and parallel execution', () => {
  it('may agree', async () => {
    expect(differences({})).toEqual([]);
  });

  it('differ in gas, and in the receipt where it begins', async () => {
    const other = encodeStoredReceipts([{ ...receipt, gasUsed: 30_000n, succeeded: false }]);
    expect(differences({ gasUsed: 30_000n, receipts: other })).toEqual([
      'gasUsed: the header says 21000, plain execution gives 21000, parallel execution 30000',
      'receipt of transaction 0: plain execution gives success, 21000 gas, 0 logs, parallel execution failure, 30000 gas, 0 logs',
    ]);
  });

  it('are named where it is another way of running the block that differs', async () => {
    const other = { name: 'parallel execution with 1 worker', outcome: { ...plain, stateRoot: ZERO_HASH } };
    expect(differences({}, { other })).toEqual([
      `stateRoot: plain execution gives ${stateRoot}, parallel execution with 1 worker ${ZERO_HASH}`,
    ]);
  });

  it('differ in the state alone, of which the header proves nothing', async () => {
    expect(differences({ stateRoot: ZERO_HASH })).toEqual([
      `stateRoot: plain execution gives ${header.stateRoot}, parallel execution ${ZERO_HASH}`,
    ]);
  });

  it('agree on a state that is not the one of the header, where that is proven', async () => {
    expect(
      differences({ stateRoot: ZERO_HASH }, { plain: { ...plain, stateRoot: ZERO_HASH }, isProven: true }),
    ).toEqual([`stateRoot: the header says ${header.stateRoot}, plain and parallel execution give ${ZERO_HASH}`]);
  });
});
