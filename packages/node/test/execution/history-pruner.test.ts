import type { Database } from '@heddle/executor';
import { HeddleError } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory, transfer } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChainView } from '../../src/chain/chain-view.ts';
import type { ExecutionStore } from '../../src/execution/execution-service.ts';
import { createHistoryPruner, type HistoryPruner } from '../../src/execution/history-pruner.ts';
import {
  ACCOUNTS,
  ALICE,
  build,
  commitJob,
  openService,
  type ServiceOptions,
  type StoredServiceUnderTest,
  testSpec,
} from './execution-fixture.ts';

const BOB = ACCOUNTS[1] ?? ALICE;
const START = 10_000n * 10n ** 18n;
let folder: TemporaryDirectory;
let node: StoredServiceUnderTest;
let pruner: HistoryPruner;

beforeEach(() => {
  folder = temporaryDirectory('history-pruner');
});

afterEach(async () => {
  await node.close();
  folder.remove();
});

async function open(keep: number | undefined, options: ServiceOptions = {}): Promise<void> {
  const wrap = (store: ExecutionStore, database: Database): ExecutionStore => {
    pruner = createHistoryPruner(database, store, keep);
    return pruner.store;
  };
  node = await openService(folder.path, testSpec(), wrap, options);
}

/** Blocks of one transfer of 1 wei to Bob each, with the step that follows each. */
async function extend(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const nonce = node.service.head.number;
    const block = await build(node, { transactions: [transfer(ALICE, BOB, 1n, { nonce })] });
    await node.service.commit(commitJob(block, node));
    await pruner.step();
  }
}

/** Bob's balance after block `number`, in wei that he was sent; or the code of the refusal. */
function receivedAt(number: number): bigint | string {
  const view = openChainView(node.database, () => undefined);
  try {
    return (view.account(BOB.address, number)?.balance ?? 0n) - START;
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return error.code;
  }
}

describe('a node that keeps the last states', () => {
  it('answers about those blocks and refuses older ones, also after a restart with other numbers', async () => {
    await open(undefined);
    await extend(20);
    expect([receivedAt(0), receivedAt(7), receivedAt(20)]).toEqual([0n, 7n, 20n]);
    expect(pruner.metrics()).toEqual({ heddle_executor_oldest_state_block: 0 });
    await node.close();
    await open(16);
    await extend(1);
    expect([receivedAt(5), receivedAt(6), receivedAt(21)]).toEqual(['STATE_PRUNED', 6n, 21n]);
    expect(pruner.metrics()).toEqual({ heddle_executor_oldest_state_block: 6 });
    await node.close();
    await open(undefined); // what is gone is gone, and nothing more goes
    await extend(3);
    expect([receivedAt(5), receivedAt(6), receivedAt(24)]).toEqual(['STATE_PRUNED', 6n, 24n]);
  });

  it('writes no block after a piece that the disk refused, and says why', async () => {
    let isFull = false;
    const refusal = new HeddleError('STORE_UNWRITABLE', 'no space left on device');
    const batch = (database: Database): Database['batch'] => {
      return async (...write) => (isFull ? Promise.reject(refusal) : database.batch(...write));
    };
    await open(1, { batch });
    await extend(2);
    const block = await build(node, { transactions: [transfer(ALICE, BOB, 1n, { nonce: 2 })] });
    await node.service.commit(commitJob(block, node));
    isFull = true;
    await pruner.step();
    isFull = false;
    const next = await build(node, { transactions: [transfer(ALICE, BOB, 1n, { nonce: 3 })] });
    await expect(node.service.commit(commitJob(next, node))).rejects.toBe(refusal);
    expect(node.service.hasFailed).toBe(true);
    expect(receivedAt(3)).toBe(3n);
  });
});
