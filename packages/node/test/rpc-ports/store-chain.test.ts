import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Hash } from '@heddle/primitives';
import { ETHER, temporaryDirectory, transfer, waitFor } from '@heddle/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStoreChain, type StoreChain } from '../../src/rpc-ports/store-chain.ts';
import { ACCOUNTS, createTestStore, type TestStore } from '../threads/test-store.ts';

const [alice, bob] = ACCOUNTS as [(typeof ACCOUNTS)[0], (typeof ACCOUNTS)[0]];
const folder = temporaryDirectory('store-chain');
let store: TestStore;
let chain: StoreChain;
let nonce = 0;

beforeAll(async () => {
  store = await createTestStore(`${folder.path}/chain`);
  await store.addBlock();
});

afterEach(() => chain.close());

afterAll(async () => {
  await store.close();
  folder.remove();
});

function listen() {
  const heard: { readonly number: number; readonly hash: Hash; readonly receipts: number }[] = [];
  const stop = chain.onHead(({ hash, block, receipts }) => {
    heard.push({ number: block.header.number, hash, receipts: receipts.length });
  });
  return { heard, stop };
}

async function addTransfer() {
  return store.addBlock([transfer(alice, bob, ETHER, { nonce: nonce++ })]);
}

describe('the chain port', () => {
  it('tells each block once, with its receipts, from the head at its start on', async () => {
    chain = createStoreChain(store.database);
    const { heard } = listen();
    const head = await addTransfer();
    chain.advanceTo(head.number);
    chain.advanceTo(head.number);
    chain.advanceTo(head.number - 1);
    expect(heard).toEqual([{ number: head.number, hash: head.hash, receipts: 1 }]);
  });

  it('tells all that were committed meanwhile, in order', async () => {
    chain = createStoreChain(store.database);
    const { heard } = listen();
    const heads = [await addTransfer(), await store.addBlock(), await addTransfer()];
    chain.advanceTo(heads[2]?.number ?? 0);
    await waitFor(() => heard.length === 3, { what: 'three blocks', everyMs: 1 });
    expect(heard.map(({ hash }) => hash)).toEqual(heads.map(({ hash }) => hash));
    expect(heard.map(({ receipts }) => receipts)).toEqual([1, 0, 1]);
  });

  it('tells no block before its notice came, though the store holds it', async () => {
    chain = createStoreChain(store.database);
    const { heard } = listen();
    const first = await store.addBlock();
    const second = await store.addBlock();
    chain.advanceTo(first.number);
    await nextTurn();
    expect(heard.map(({ number }) => number)).toEqual([first.number]);
    chain.advanceTo(second.number);
    await waitFor(() => heard.length === 2, { what: 'the second', everyMs: 1 });
  });

  it('lets other work pass while it tells many', async () => {
    chain = createStoreChain(store.database);
    const { heard } = listen();
    const slow = chain.onHead(() => {
      const end = performance.now() + 4;
      while (performance.now() < end);
    });
    for (let count = 0; count < 6; count++) await store.addBlock();
    chain.advanceTo(store.head().number);
    expect(heard.length).toBeLessThan(6);
    await waitFor(() => heard.length === 6, { what: 'all of them', everyMs: 1 });
    slow();
  });

  it('has a view that stands still, and tells nobody who stopped listening', async () => {
    chain = createStoreChain(store.database);
    const { heard, stop } = listen();
    const view = chain.view();
    const head = await addTransfer();
    expect(view.headNumber).toBe(head.number - 1);
    expect(view.blockByNumber(head.number)).toBeUndefined();
    const later = chain.view();
    expect(later.headHash).toBe(head.hash);
    expect(later.account(bob.address, head.number)?.balance).toBe(
      (view.account(bob.address, head.number - 1)?.balance ?? 0n) + ETHER,
    );
    for (const open of [view, later]) open.close();
    stop();
    chain.advanceTo(head.number);
    expect(heard).toEqual([]);
  });

  it('gives the same function two lives when it listens twice', async () => {
    chain = createStoreChain(store.database);
    let count = 0;
    const listener = () => {
      count++;
    };
    const stops = [chain.onHead(listener), chain.onHead(listener)];
    chain.advanceTo((await store.addBlock()).number);
    stops[0]?.();
    chain.advanceTo((await store.addBlock()).number);
    expect(count).toBe(3);
  });
});
