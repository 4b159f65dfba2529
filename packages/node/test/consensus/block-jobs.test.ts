import { EMPTY_TRIE_ROOT, encodeBlock, type Hash, HeddleError } from '@heddle/primitives';
import { createFakeClock } from '@heddle/testkit';
import { expect, it } from 'vitest';
import { BlockFetcher, type Wanted } from '../../src/consensus/block-fetcher.ts';
import { BlockJobs } from '../../src/consensus/block-jobs.ts';
import { assembleBlock, KnownBlocks, type WholeBlock } from '../../src/consensus/known-blocks.ts';
import type { ExecuteAnswer } from '../../src/execution/main-boundary.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import type { LeftOutNotice } from '../../src/pool/main-boundary.ts';
import { FakeExecution, FakePool, FakeStore, fakeSpec } from './fake-chain.ts';

const { spec } = fakeSpec(1, 1_800_000_000);
const beneficiary = spec.validators[0]?.feeAddress ?? spec.genesisBeneficiary;
const header = { ...genesisBlock(spec, EMPTY_TRIE_ROOT).header, number: 1, beneficiary };
const block = assembleBlock(
  { header, transactionHashes: [] },
  { transactions: [], transactionHashes: [], senders: [] },
);
const order = { height: 1, round: 0, blockId: block.blockId, proposer: undefined };
const FOREIGN: ExecuteAnswer = { status: 'invalid', reason: 'transactionsRoot: …', isForeignBody: true };

/** Checks `block`, of which the execution thread says `answers` one after another. */
async function check(answers: readonly (ExecuteAnswer | Error)[]) {
  const store = new FakeStore(spec);
  const clock = createFakeClock();
  const known = new KnownBlocks();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const wanted: Wanted[] = [];
  const [said, forgotten, broken]: [(string | undefined)[], Hash[], unknown[]] = [[], [], []];
  const execution = new FakeExecution(spec, store, clock);
  const left = [...answers];
  execution.execute = async () => {
    const answer = left.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? { status: 'valid' };
  };
  const network = { peers: () => [], request: () => Promise.reject(new Error('nobody is asked')), penalize() {} };
  const pool = new FakePool(store);
  const fetcher = new BlockFetcher({ network, pool, clock, log }, known);
  fetcher.obtain = async (one): Promise<WholeBlock> => {
    wanted.push(one);
    return block;
  };
  known.forgetBody = (blockId) => void forgotten.push(blockId);
  let isOver = false;
  const jobs = new BlockJobs({
    ...{ spec, execution, pool, clock, log, fetcher, known },
    answers: {
      built: () => undefined,
      valid() {
        said.push(undefined);
        isOver = true;
      },
      invalid(_, reason) {
        said.push(reason);
        isOver = true;
      },
      broke(error) {
        broken.push(error);
        isOver = true;
      },
    },
  });
  jobs.validate(order);
  jobs.validate(order); // once is enough
  for (let looks = 0; !isOver && looks < 1_000; looks++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  }
  return { said, forgotten, broken, wanted, isChecking: jobs.isChecking(1) };
}

it('a foreign body is fetched again, from others, until the right one is there: it says nothing of the block', async () => {
  const { said, forgotten, wanted, isChecking } = await check([...new Array<ExecuteAnswer>(20).fill(FOREIGN)]);
  expect(said).toEqual([undefined]);
  expect(forgotten).toEqual(new Array(20).fill(block.blockId));
  expect(wanted.map(({ foreignBodies }) => foreignBodies)).toEqual(Array.from({ length: 21 }, (_, turn) => turn));
  expect(isChecking).toBe(false);
});

it('an invalid block is judged with its reason', async () => {
  const { said, forgotten } = await check([{ status: 'invalid', reason: 'stateRoot: the header says …' }]);
  expect([said, forgotten]).toEqual([['stateRoot: the header says …'], []]);
});

it('an expected failure says nothing of the block: it is tried again', async () => {
  const busy = new HeddleError('EXECUTION_BUSY', '32 jobs wait');
  const { said, broken } = await check([busy, busy, { status: 'valid' }]);
  expect([said, broken]).toEqual([[undefined], []]);
});

it('a bug is told, and the block stays unjudged', async () => {
  const bug = new TypeError('x is undefined');
  const { said, broken } = await check([bug]);
  expect([said, broken]).toEqual([[], [bug]]);
});

it('is at work while a block is executed, not while it is fetched', async () => {
  const clock = createFakeClock();
  const store = new FakeStore(spec);
  const pool = new FakePool(store);
  const execution = new FakeExecution(spec, store, clock);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const known = new KnownBlocks();
  const network = { peers: () => [], request: () => Promise.reject(new Error('nobody is asked')), penalize() {} };
  const fetcher = new BlockFetcher({ network, pool, clock, log }, known);
  let give: (block: WholeBlock) => void = () => undefined;
  let answer: (answer: ExecuteAnswer) => void = () => undefined;
  fetcher.obtain = () => new Promise((resolve) => (give = resolve));
  execution.execute = () => new Promise((resolve) => (answer = resolve));
  let isValid = false;
  const jobs = new BlockJobs({
    ...{ spec, execution, pool, clock, log, fetcher, known },
    answers: { built() {}, valid: () => (isValid = true), invalid() {}, broke() {} },
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  jobs.validate(order);
  await turn();
  expect([jobs.isChecking(1), jobs.isAtWork(order)]).toEqual([true, false]);
  give(block);
  await turn();
  expect([jobs.isChecking(1), jobs.isAtWork(order)]).toEqual([true, true]);
  answer({ status: 'valid' });
  await turn();
  expect([isValid, jobs.isChecking(1), jobs.isAtWork(order)]).toEqual([true, false, false]);
});

it('of many transactions that cannot be built, the pool hears all and the log the first', async () => {
  const store = new FakeStore(spec);
  const clock = createFakeClock();
  const execution = new FakeExecution(spec, store, clock);
  const [hashes, warnings, notices]: [Hash[], unknown[], unknown[]] = [[], [], []];
  for (let index = 0; index < 500; index++) hashes.push(`0x${index.toString(16).padStart(64, '0')}`);
  const log = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} };
  const network = { peers: () => [], request: () => Promise.reject(new Error('nobody is asked')), penalize() {} };
  execution.build = async () => {
    const answer = { status: 'built' as const, block: encodeBlock({ header, transactions: [], withdrawals: [] }) };
    return { ...answer, blockId: block.blockId, invalid: [], tooSlow: hashes.slice(0, 1), failed: hashes };
  };
  const pool = Object.assign(new FakePool(store), { leftOut: (notice: LeftOutNotice) => void notices.push(notice) });
  const known = new KnownBlocks();
  let isBuilt = false;
  const jobs = new BlockJobs({
    ...{ spec, execution, pool, clock, log, known, fetcher: new BlockFetcher({ network, pool, clock, log }, known) },
    answers: { built: () => (isBuilt = true), valid() {}, invalid() {}, broke() {} },
  });
  jobs.build({ head: store.head, round: 0, timestampMs: 1, beneficiary, budgetMs: 100 });
  for (let looks = 0; !isBuilt && looks < 1_000; looks++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  }
  expect(notices).toEqual([{ headHash: store.head.hash, invalid: [], tooSlow: hashes.slice(0, 1), failed: hashes }]);
  const first = hashes.slice(0, 10);
  expect(warnings).toEqual([
    { height: 1, tooSlow: { count: 1, first: first.slice(0, 1) }, failed: { count: 500, first } },
  ]);
});
