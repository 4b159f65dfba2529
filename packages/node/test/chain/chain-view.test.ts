import { createDatabase, type Database, genesisOperations, openDatabase } from '@heddle/executor';
import {
  decodeBlock,
  decodeCommitCertificate,
  decodeStoredReceipts,
  hashHeader,
  keccak256Hex,
  ZERO_HASH,
} from '@heddle/primitives';
import { createRandom, seedFromEnvironment, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlockToKeep, chainOperations } from '../../src/chain/chain-operations.ts';
import { openChainView } from '../../src/chain/chain-view.ts';
import { readDecidedBlocks } from '../../src/chain/decided-blocks.ts';
import { readHead } from '../../src/chain/head-record.ts';
import { createTestChain, type TestChain } from './chain-fixture.ts';

const seed = seedFromEnvironment('chain-view');
let folder: ReturnType<typeof temporaryDirectory>;
let database: Database;
let chain: TestChain;

beforeEach(async () => {
  folder = temporaryDirectory('chain-view');
  database = await createDatabase(folder.path);
  chain = createTestChain(createRandom(seed));
  const { operations } = genesisOperations(chain.alloc);
  const genesis = chain.blocks[0] as BlockToKeep;
  await database.batch([...operations, ...chainOperations(genesis)], { sync: true });
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

async function extend(count: number): Promise<void> {
  for (let block = 0; block < count; block++) await chain.extend(database);
}

describe('the chain store', () => {
  it('gives back every block, receipt, sender, place and certificate, also after it was opened again', async () => {
    await extend(20);
    await database.close();
    database = await openDatabase(folder.path);
    const view = openChainView(database, () => undefined);
    expect([view.headNumber, view.headHash]).toEqual([20, chain.blocks[20]?.head.hash]);
    for (const { block, head, senders, receipts } of chain.blocks) {
      expect(view.blockByNumber(head.number)).toEqual({ hash: head.hash, block });
      expect(view.blockByHash(head.hash)).toEqual({ hash: head.hash, block });
      expect(view.headerByNumber(head.number)).toEqual({ hash: head.hash, header: block.header });
      expect(view.senders(head.number)).toEqual(senders);
      expect(view.receipts(head.number)).toEqual(decodeStoredReceipts(receipts));
      expect(view.certificate(head.number)).toEqual(head.certificate && decodeCommitCertificate(head.certificate));
      block.transactions.forEach((raw, index) => {
        expect(view.transactionPlace(keccak256Hex(raw))).toEqual({ blockNumber: head.number, index });
      });
    }
  });

  it('knows nothing of blocks and transactions that it does not have', async () => {
    const view = openChainView(database, () => undefined);
    for (const number of [1, 2 ** 32, 2 ** 53, -1]) {
      expect(view.blockByNumber(number)).toBeUndefined();
      expect(view.headerByNumber(number)).toBeUndefined();
      expect(view.receipts(number)).toBeUndefined();
      expect(view.senders(number)).toBeUndefined();
      expect(view.certificate(number)).toBeUndefined();
    }
    expect(view.blockByHash(ZERO_HASH)).toBeUndefined();
    expect(view.transactionPlace(ZERO_HASH)).toBeUndefined();
  });

  it('keeps the head as it was told', async () => {
    expect(readHead(database)).toEqual(chain.blocks[0]?.head);
    await extend(3);
    expect(readHead(database)).toEqual(chain.blocks[3]?.head);
  });

  it('answers for past blocks with the state that followed them', async () => {
    await extend(30);
    const view = openChainView(database, () => undefined);
    const nonces = new Map(chain.alloc.map(({ address }) => [address, 0n]));
    for (const { head, senders } of chain.blocks) {
      for (const sender of senders) nonces.set(sender, (nonces.get(sender) ?? 0n) + 1n);
      for (const [address, nonce] of nonces) expect(view.account(address, head.number)?.nonce).toBe(nonce);
    }
    const [holder] = chain.alloc;
    expect(holder && view.slot(holder.address, ZERO_HASH, 3).at(-1)).toBe(7);
    expect(view.slot(`0x${'77'.repeat(20)}`, ZERO_HASH, 3)).toEqual(new Uint8Array(32));
  });

  it('shows in one view one head while the chain goes on', async () => {
    await extend(2);
    const snapshot = database.snapshot();
    const view = openChainView(snapshot, () => snapshot.close());
    await extend(5);
    expect(view.headNumber).toBe(2);
    expect(view.blockByNumber(3)).toBeUndefined();
    expect(view.blockByNumber(2)?.hash).toBe(chain.blocks[2]?.head.hash);
    view.close();
  });

  it('gives decided blocks as they travel, within the limits, and never genesis', async () => {
    await extend(6);
    const all = readDecidedBlocks(database, { from: 1, maxCount: 100, maxBytes: 1 << 20 });
    expect(all.map(({ block }) => hashHeader(decodeBlock(block).header))).toEqual(
      chain.blocks.slice(1).map(({ head }) => head.hash),
    );
    expect(all.map(({ certificate }) => decodeCommitCertificate(certificate).height)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(readDecidedBlocks(database, { from: 2, maxCount: 3, maxBytes: 1 << 20 })).toEqual(all.slice(1, 4));
    expect(readDecidedBlocks(database, { from: 2, maxCount: 3, maxBytes: 1 })).toEqual(all.slice(1, 2));
    const two = all.slice(0, 2).reduce((size, { block, certificate }) => size + block.length + certificate.length, 0);
    expect(readDecidedBlocks(database, { from: 1, maxCount: 9, maxBytes: two })).toHaveLength(2);
    expect(readDecidedBlocks(database, { from: 1, maxCount: 9, maxBytes: two - 1 })).toHaveLength(1);
    for (const from of [0, 7, 2 ** 40]) {
      expect(readDecidedBlocks(database, { from, maxCount: 10, maxBytes: 1 << 20 })).toEqual([]);
    }
  });
});
