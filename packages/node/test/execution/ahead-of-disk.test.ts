import { type BatchOperation, type Database, headState } from '@heddle/executor';
import { createAddress, HeddleError, type Transaction } from '@heddle/primitives';
import {
  assemble,
  creation,
  ETHER,
  initCodeOf,
  type TestAccount,
  temporaryDirectory,
  testAccount,
  testAccounts,
  transfer,
  waitFor,
} from '@heddle/testkit';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { readBlockHash } from '../../src/chain/block-records.ts';
import { readHead } from '../../src/chain/head-record.ts';
import {
  ALICE,
  build,
  buildJob,
  commitJob,
  executeJob,
  type JobBlock,
  openService,
  type StoredServiceUnderTest,
} from './execution-fixture.ts';

const folder = temporaryDirectory('ahead-of-disk');
/** A node whose disk does as it is told, and one that makes its blocks. */
let node: StoredServiceUnderTest;
let maker: StoredServiceUnderTest;
let disk: HeldDisk;
let lives = 0;

beforeEach(async () => {
  lives++;
  disk = new HeldDisk();
  maker = await openService(`${folder.path}/maker-${lives}`);
  node = await openNode();
});

afterEach(async () => {
  disk.release();
  await node.close();
  await maker.close();
});

afterAll(() => folder.remove());

function openNode(): Promise<StoredServiceUnderTest> {
  return openService(`${folder.path}/node-${lives}`, maker.spec, (store) => store, {
    workers: 2,
    batch: (database) => disk.batchOf(database),
  });
}

it('blocks are executed while one is held up on its way to the disk, and nothing is said of them', async () => {
  const blocks = await makeBlocks(3);
  const taken = [];
  for (const block of blocks) taken.push(await node.service.take(commitJob(block, node)));
  let written = 0;
  for (const one of taken) void one.written.then(() => written++);
  await disk.begun(1);
  expect(node.service.head.number).toBe(0);
  expect(readHead(node.database)?.number).toBe(0);
  expect(written).toBe(0);
  disk.release();
  const committed = await Promise.all(taken.map((one) => one.written));
  expect(committed.map(({ head }) => head.hash)).toEqual(blocks.map(({ blockId }) => blockId));
  expect(node.service.head.hash).toBe(blocks[2]?.blockId);
  expect(disk.batches).toBe(2); // those that came meanwhile share one
  expect(readBlockHash(node.database, 2)).toBe(blocks[1]?.blockId);
});

it('a block that is to be voted on is checked ahead of the disk too', async () => {
  const [first, second] = await makeBlocks(2);
  if (!first || !second) throw new Error('two blocks were made');
  const { written } = await node.service.take(commitJob(first, node));
  expect(await node.service.execute(executeJob(second))).toEqual({ status: 'valid' });
  expect(node.service.head.number).toBe(0);
  disk.release();
  await written;
  expect((await node.service.commit(commitJob(second, node))).head.hash).toBe(second.blockId);
});

it('all workers see accounts, slots and codes that are not on the disk yet', async () => {
  await waitFor(() => node.service.metrics().heddle_executor_ready_workers === 2, { what: 'two workers' });
  // Block 1 makes a contract and rich people; in block 2 each of them is somebody's first look at one of these.
  const people = testAccounts(120, 'rich');
  const counter = creation(ALICE, initCodeOf(assemble(0, 'SLOAD', 1, 'ADD', 0, 'SSTORE', 'STOP')), { nonce: 0 });
  const gifts = people.map((one, index) => transfer(ALICE, one, ETHER, { nonce: index + 1 }));
  const address = createAddress(ALICE.address, 0n);
  const calls = (nonce: number) => people.map((one) => transfer(one, address, 0n, { nonce, gasLimit: 50_000n }));
  const blocks = [
    await make([counter, ...gifts], [ALICE, ...gifts.map(() => ALICE)]),
    await make(calls(0), people),
    await make(calls(1), people),
  ];
  const taken = [];
  for (const block of blocks) taken.push(await node.service.take(commitJob(block, node)));
  expect(node.service.head.number).toBe(0);
  disk.release();
  for (const { written } of taken) await written;
  expect(node.service.head.hash).toBe(maker.service.head.hash);
  const state = headState(node.database);
  const incarnation = state.account(address)?.incarnation ?? 0;
  expect(BigInt(state.slot(address, incarnation, `0x${'00'.repeat(32)}`).at(-1) ?? 0)).toBe(240n);
});

it('a batch that fails takes what was executed ahead with it, and the store takes nothing more', async () => {
  const [first, second, third] = await makeBlocks(3);
  if (!first || !second || !third) throw new Error('three blocks were made');
  disk.failure = new HeddleError('STORE_UNWRITABLE', 'no space left on device');
  const ahead = [await node.service.take(commitJob(first, node)), await node.service.take(commitJob(second, node))];
  disk.release();
  for (const { written } of ahead) await expect(written).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  disk.failure = undefined;
  expect(node.service.head.number).toBe(0);
  await expect(node.service.commit(commitJob(third, node))).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  await expect(node.service.execute(executeJob(third))).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  await expect(node.service.build(buildJob(node))).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
  expect(disk.batches).toBe(1);

  await node.close();
  node = await openNode();
  expect(node.service.head.number).toBe(0);
  for (const number of [1, 2]) expect(readBlockHash(node.database, number)).toBeUndefined();
  expect((await node.service.commit(commitJob(first, node))).head.hash).toBe(first.blockId);
});

it('execution is sixteen blocks ahead of the disk at most', async () => {
  const blocks = await makeBlocks(17);
  let count = 0;
  const all = (async () => {
    for (const block of blocks) {
      await node.service.take(commitJob(block, node));
      count++;
    }
  })();
  await waitFor(() => count === 16, { what: 'sixteen blocks' });
  await Promise.race([all, new Promise((resolve) => setImmediate(resolve))]);
  expect(count).toBe(16);
  disk.release();
  await all;
  await node.service.settled();
  expect(node.service.head.number).toBe(17);
});

/** Batches wait until they are released; then they fail while there is a `failure`. */
class HeldDisk {
  batches = 0;
  failure: HeddleError | undefined;
  #release: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  batchOf(database: Database): Database['batch'] {
    return async (operations: Iterable<BatchOperation>, options) => {
      this.batches++;
      await this.#released;
      if (this.failure) throw this.failure;
      await database.batch(operations, options);
    };
  }

  release(): void {
    this.#release();
  }

  begun(count: number): Promise<unknown> {
    return waitFor(() => this.batches >= count, { what: `${count} batches` });
  }
}

/** Blocks of one transfer each, decided by the maker. */
async function makeBlocks(count: number): Promise<JobBlock[]> {
  const blocks: JobBlock[] = [];
  for (let nonce = 0; nonce < count; nonce++) {
    blocks.push(await make([transfer(ALICE, testAccount(90), 5n, { nonce })], [ALICE]));
  }
  return blocks;
}

async function make(transactions: readonly Transaction[], from: readonly TestAccount[]): Promise<JobBlock> {
  const block = await build(maker, { transactions, senders: from.map(({ address }) => address) });
  await maker.service.commit(commitJob(block, maker));
  return block;
}
