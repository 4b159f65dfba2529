import { orderedTrieRoot } from '@heddle/executor';
import { bytesToHex, decodeBlock, decodeHeader, encodeWithdrawal, type Hash, keccak256Hex } from '@heddle/primitives';
import { ETHER, signedTransaction, temporaryDirectory, testAccount, transfer } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_BLOCK_SIZE_BYTES } from '../../src/execution/child-header.ts';
import {
  ALICE,
  build,
  buildJob,
  cancelWord,
  changed,
  commitJob,
  executeJob,
  type JobBlock,
  openService,
  type ServiceUnderTest,
} from './execution-fixture.ts';

const BOB = testAccount(1);
const STRANGER = `0x${'5a'.repeat(20)}` as const;
const OTHER_HASH: Hash = `0x${'ab'.repeat(32)}`;
const BLOB_HASH: Hash = `0x01${'ab'.repeat(31)}`;

const folder = temporaryDirectory('execution-service');
let proposer: ServiceUnderTest;
let voter: ServiceUnderTest;
let nonce = 0;

beforeAll(async () => {
  proposer = await openService(`${folder.path}/proposer`);
  voter = await openService(`${folder.path}/voter`);
});

afterAll(async () => {
  await proposer.close();
  await voter.close();
  folder.remove();
});

/** A block of one transfer by Alice on the head of both. */
function aliceSends(value = 5n): Promise<JobBlock> {
  return build(proposer, { transactions: [transfer(ALICE, STRANGER, value, { nonce })] });
}

/** Puts `block` on both heads. */
async function decide(block: JobBlock): Promise<void> {
  await voter.service.commit(commitJob(block, voter));
  await proposer.service.commit(commitJob(block, proposer));
  nonce += decodeBlock(block.block).transactions.length;
}

describe('a built block', () => {
  it('is valid on another node, and both heads move to it', async () => {
    const before = proposer.service.head;
    const block = await aliceSends();
    expect(proposer.service.head).toBe(before); // undecided blocks move nothing
    expect(await voter.service.execute(executeJob(block))).toEqual({ status: 'valid' });
    const here = await proposer.service.commit(commitJob(block, proposer, 3));
    const there = await voter.service.commit(commitJob(block, voter, 3));
    nonce++;
    expect(here.head).toEqual(there.head);
    expect(proposer.service.head).toMatchObject({ number: before.number + 1, hash: block.blockId });
    expect(here.touched).toEqual(expect.arrayContaining([ALICE.address, STRANGER, proposer.beneficiary]));
    expect(there.summary).toMatchObject({ number: before.number + 1, round: 3, transactionCount: 1, gasUsed: 21_000n });
    expect(voter.service.parallelism(before.number + 1)).toMatchObject({ hash: block.blockId, workers: 1 });
    expect(voter.service.metrics()).toMatchObject({
      heddle_executor_blocks_total: 1,
      heddle_executor_gas_total: 21_000,
      heddle_executor_ready_workers: 1,
      heddle_executor_worker_deaths_total: 0,
    });
    for (const phase of ['execution', 'roots', 'encoding', 'flushing']) {
      expect(voter.service.metrics()[`heddle_executor_${phase}_seconds_total`], phase).toBeGreaterThan(0);
    }
  });

  it('leaves out candidates that are never valid, and names them', async () => {
    const good = transfer(ALICE, STRANGER, 1n, { nonce });
    const tooRich = transfer(BOB, STRANGER, 20_000n * ETHER, { nonce: 0 });
    const job = buildJob(proposer, { transactions: [tooRich, good], senders: [BOB.address, ALICE.address] });
    const answer = await proposer.service.build(job);
    expect(answer).toMatchObject({ status: 'built', invalid: [tooRich.hash], tooSlow: [], failed: [] });
    if (answer.status !== 'built') return;
    expect(decodeBlock(answer.block).transactions).toEqual([good.raw]);
    await decide({ ...answer, senders: [ALICE.address] });
  });

  it('is refused on another parent than the head', async () => {
    const job = { ...buildJob(proposer), parentHash: OTHER_HASH };
    await expect(proposer.service.build(job)).rejects.toMatchObject({ code: 'BLOCK_NOT_ON_HEAD' });
  });

  it('is given up when its cancel word is set', async () => {
    const job = {
      ...buildJob(proposer, { transactions: [transfer(ALICE, STRANGER, 1n, { nonce })] }),
      cancel: cancelWord(true),
    };
    expect(await proposer.service.build(job)).toEqual({ status: 'cancelled' });
  });
});

describe('a given block', () => {
  it.each([
    ['stateRoot', OTHER_HASH],
    ['receiptsRoot', OTHER_HASH],
    ['requestsHash', OTHER_HASH],
    ['logsBloom', bytesToHex(new Uint8Array(256).fill(1))],
    ['gasUsed', 21_001n],
  ])('is invalid when executing it gives another %s', async (field, value) => {
    const block = changed(await aliceSends(), () => ({ header: { [field]: value } }));
    const answer = await voter.service.execute(executeJob(block));
    expect(answer).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(new RegExp(`^${field}: the header says ${value}, execution gives `)),
    });
    expect(answer).not.toHaveProperty('isForeignBody');
  });

  it('is invalid when its header does not follow from the head', async () => {
    const block = changed(await aliceSends(), () => ({ header: { mixHash: OTHER_HASH } }));
    expect(await voter.service.execute(executeJob(block))).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(/^mixHash: the header says 0xabab/),
    });
  });

  it('is invalid for good when it stands beside the head', async () => {
    const block = changed(await aliceSends(), () => ({ header: { parentHash: OTHER_HASH } }));
    expect(await voter.service.execute(executeJob(block))).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(/^parentHash: /),
    });
  });

  it('cannot be judged at another height than the next', async () => {
    const block = changed(await aliceSends(), ({ header }) => ({ header: { number: header.number + 1 } }));
    await expect(voter.service.execute(executeJob(block))).rejects.toMatchObject({ code: 'BLOCK_NOT_ON_HEAD' });
  });

  it('is invalid when a transaction of it cannot stand where it stands', async () => {
    const late = transfer(ALICE, STRANGER, 1n, { nonce: nonce + 1 });
    const block = await withTransactions(await aliceSends(), [late.raw]);
    expect(await voter.service.execute(executeJob(block))).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(/^transaction 0: .*nonce/),
    });
  });

  it('is invalid, and the thread goes on, when a transaction of it is no transaction', async () => {
    const good = await aliceSends();
    const junk = await withTransactions(good, [Uint8Array.of(2, 0xc0, 0xff)]);
    expect(await voter.service.execute(executeJob(junk))).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(/^transaction 0: /),
    });
    expect(await voter.service.execute(executeJob(good))).toEqual({ status: 'valid' });
  });

  it('is given up when its cancel word is set, and can be executed later', async () => {
    const block = await aliceSends(77n);
    const wrong = changed(block, () => ({ header: { mixHash: OTHER_HASH } }));
    for (const one of [block, wrong]) {
      expect(await voter.service.execute(executeJob(one, cancelWord(true)))).toEqual({ status: 'cancelled' });
    }
    expect(await voter.service.execute(executeJob(block))).toEqual({ status: 'valid' });
  });
});

describe('a body that is not the one of the block', () => {
  it('says nothing of the block: other transactions', async () => {
    const block = await aliceSends();
    const other = changed(block, () => ({ transactions: [transfer(ALICE, STRANGER, 6n, { nonce }).raw] }));
    const answer = await voter.service.execute(executeJob(other));
    expect(answer).toMatchObject({ isForeignBody: true, reason: expect.stringMatching(/^transactionsRoot: /) });
    expect(await voter.service.execute(executeJob(block))).toEqual({ status: 'valid' });
  });

  it('is told from a block with a transaction that nobody signed', async () => {
    const block = await aliceSends(11n);
    const unsigned = { ...executeJob(block), senders: [undefined] };
    expect(await voter.service.execute(unsigned)).toEqual({
      status: 'invalid',
      reason: 'transaction 0: no valid signature',
    });
    const other = changed(block, () => ({ transactions: [transfer(ALICE, STRANGER, 7n, { nonce }).raw] }));
    expect(await voter.service.execute({ ...executeJob(other), senders: [undefined] })).toMatchObject({
      isForeignBody: true,
    });
  });

  it('says nothing of the block: withdrawals, or more bytes than any block may have', async () => {
    const block = await aliceSends(8n);
    const paid = changed(block, () => ({ withdrawals: [WITHDRAWAL] }));
    expect(await voter.service.execute(executeJob(paid))).toMatchObject({
      isForeignBody: true,
      reason: expect.stringMatching(/^withdrawalsRoot: /),
    });
    const large = changed(block, () => ({ transactions: [new Uint8Array(MAX_BLOCK_SIZE_BYTES)] }));
    expect(await voter.service.execute(executeJob(large))).toMatchObject({
      isForeignBody: true,
      reason: expect.stringMatching(/^transactionsRoot: /),
    });
  });

  it('says nothing of the block: malformed bytes, or another header', async () => {
    const block = await aliceSends(9n);
    for (const bytes of [
      new Uint8Array(0),
      Uint8Array.of(0xc1, 0x80),
      block.block.subarray(1),
      block.block.subarray(0, -1),
    ]) {
      expect(await voter.service.execute(executeJob({ ...block, block: bytes }))).toMatchObject({
        status: 'invalid',
        isForeignBody: true,
        reason: expect.stringMatching(/^malformed: /),
      });
    }
    const other = changed(block, () => ({ header: { gasUsed: 1n } }));
    expect(await voter.service.execute(executeJob({ ...other, blockId: block.blockId }))).toMatchObject({
      isForeignBody: true,
      reason: `the block's hash is ${other.blockId}, not ${block.blockId}`,
    });
  });
});

describe('a body that the header does name', () => {
  it('makes the block invalid when it is larger than a block may be', async () => {
    const block = await withTransactions(await aliceSends(), [new Uint8Array(MAX_BLOCK_SIZE_BYTES)]);
    const answer = await voter.service.execute(executeJob(block));
    expect(answer).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(/^size: \d+ bytes exceed 8388608$/),
    });
    expect(answer).not.toHaveProperty('isForeignBody');
  });

  it('makes the block invalid when it has withdrawals', async () => {
    const withdrawalsRoot = orderedTrieRoot([encodeWithdrawal(WITHDRAWAL)]);
    const block = changed(await aliceSends(), () => ({ withdrawals: [WITHDRAWAL], header: { withdrawalsRoot } }));
    expect(await voter.service.execute(executeJob(block))).toEqual({
      status: 'invalid',
      reason: 'withdrawals: no rule of this chain makes any',
    });
  });

  it('makes the block invalid when it has a blob transaction', async () => {
    const blobs = { type: 3 as const, to: STRANGER, maxFeePerBlobGas: 1n, blobVersionedHashes: [BLOB_HASH] };
    const block = await build(proposer, { transactions: [signedTransaction(ALICE, { ...blobs, nonce })] });
    expect(decodeBlock(block.block).transactions).toHaveLength(1);
    expect(await voter.service.execute(executeJob(block))).toEqual({
      status: 'invalid',
      reason: 'transaction 0: blob transactions are not supported yet',
    });
  });
});

describe('a decided block', () => {
  it('is executed when it never was', async () => {
    const block = await aliceSends(11n);
    const { head } = await voter.service.commit(commitJob(block, voter));
    expect(head.hash).toBe(block.blockId);
    await proposer.service.commit(commitJob(block, proposer));
    nonce++;
  });

  it('is refused when it does not stand on the head', async () => {
    const block = await aliceSends(12n);
    await decide(block);
    const again = commitJob(block, voter);
    await expect(voter.service.commit(again)).rejects.toMatchObject({ code: 'BLOCK_NOT_ON_HEAD' });
    await expect(voter.service.execute(executeJob(block))).rejects.toMatchObject({ code: 'BLOCK_NOT_ON_HEAD' });
  });

  it('that is not valid here leaves the head where it is', async () => {
    const { head } = voter.service;
    const good = await aliceSends(13n);
    const wrong = changed(good, () => ({ header: { stateRoot: OTHER_HASH } }));
    await expect(voter.service.commit(commitJob(wrong, voter))).rejects.toMatchObject({
      code: 'COMMIT_INVALID',
      message: expect.stringContaining(`stateRoot: the header says ${OTHER_HASH}`),
    });
    const malformed = { ...good, blockId: keccak256Hex(good.block), block: good.block.subarray(1) };
    await expect(voter.service.commit(commitJob(malformed, voter))).rejects.toMatchObject({
      code: 'COMMIT_FOREIGN_BODY',
    });
    expect(voter.service.head).toBe(head);
    await decide(good);
  });
});

describe('the store', () => {
  it('is given each transaction with its own sender, whatever was left out before it', async () => {
    const written: (readonly string[])[] = [];
    const one = await openService(`${folder.path}/senders`, proposer.spec, (store) => ({
      head: store.head,
      async write(block, head) {
        written.push(block.senders);
        await store.write(block, head);
      },
    }));
    const transactions = [
      transfer(BOB, STRANGER, 20_000n * ETHER, { nonce: 0 }),
      transfer(ALICE, STRANGER, 1n, { nonce: 0 }),
      transfer(ALICE, STRANGER, 1n, { nonce: 5 }),
      transfer(BOB, STRANGER, 1n, { nonce: 0 }),
    ];
    const senders = [BOB.address, ALICE.address, ALICE.address, BOB.address];
    const answer = await one.service.build(buildJob(one, { transactions, senders }));
    if (answer.status !== 'built') throw new Error('nobody cancelled it');
    await one.service.commit(commitJob({ ...answer, senders: [] }, one)); // the overlay knows them
    expect(written).toEqual([[ALICE.address, BOB.address]]);
    await one.close();
  });

  it('that could not be written takes the block when it is opened anew', async () => {
    const path = `${folder.path}/full-disk`;
    const one = await openService(path, proposer.spec, ({ head }) => ({
      head,
      write: () => Promise.reject(new Error('no space left on device')),
    }));
    const block = await build(one, { transactions: [transfer(ALICE, STRANGER, 1n, { nonce: 0 })] });
    await expect(one.service.commit(commitJob(block, one))).rejects.toThrow('no space left on device');
    expect(one.service.head.number).toBe(0);
    await expect(one.service.commit(commitJob(block, one))).rejects.toThrow('no space left on device');
    await one.close();

    const reopened = await openService(path, proposer.spec);
    expect((await reopened.service.commit(commitJob(block, reopened))).head.number).toBe(1);
    const next = await build(reopened, { transactions: [transfer(ALICE, STRANGER, 1n, { nonce: 1 })] });
    expect(decodeHeader(reopened.service.head.header).number).toBe(1);
    expect((await reopened.service.commit(commitJob(next, reopened))).head.number).toBe(2);
    await reopened.close();
  });
});

const WITHDRAWAL = { index: 0n, validatorIndex: 0n, address: STRANGER, amount: 1n };

/** `block` with other transactions, its header naming them; what they do is not looked at. */
async function withTransactions(block: JobBlock, transactions: Uint8Array[]): Promise<JobBlock> {
  const transactionsRoot = orderedTrieRoot(transactions);
  return changed(block, () => ({ transactions, header: { transactionsRoot } }));
}
