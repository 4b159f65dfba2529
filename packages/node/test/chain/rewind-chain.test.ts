import { type Database, pruneHistory, verifyState } from '@heddle/executor';
import { decodeHeader, type HeddleError } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory, transfer } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChainStore, openStore } from '../../src/chain/chain-store.ts';
import { readEra } from '../../src/chain/era-record.ts';
import { readHead } from '../../src/chain/head-record.ts';
import { rewindChain } from '../../src/chain/rewind-chain.ts';
import { ACCOUNTS, ALICE, build, commitJob, openService, testSpec } from '../execution/execution-fixture.ts';

const BOB = ACCOUNTS[1] ?? ALICE;
let folder: TemporaryDirectory;

beforeEach(() => {
  folder = temporaryDirectory('rewind-chain');
});

afterEach(() => folder.remove());

/** Every record but codes, which stay, and the era. */
async function content(database: Database): Promise<Map<string, string>> {
  const records = new Map<string, string>();
  for await (const entries of database.iterate({ from: new Uint8Array(0), to: Uint8Array.of(255) })) {
    for (const [key, value] of entries) {
      const isExempt = key[0] === 'c'.charCodeAt(0) || key[0] === 'A'.charCodeAt(0);
      if (!isExempt) records.set(Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex'));
    }
  }
  return records;
}

/** Adds blocks of two transfers of `amount`; what the store holds after each, the head before them first. */
async function extend(count: number, { amount = 1n, validatorCount = 1 } = {}): Promise<Map<string, string>[]> {
  const node = await openService(folder.path, testSpec({ validatorCount }));
  try {
    const contents = [await content(node.database)];
    for (let index = 0; index < count; index++) {
      const nonce = 2 * node.service.head.number;
      const transactions = [0, 1].map((more) => transfer(ALICE, BOB, amount, { nonce: nonce + more }));
      await node.service.commit(commitJob(await build(node, { transactions }), node));
      contents.push(await content(node.database));
    }
    return contents;
  } finally {
    await node.close();
  }
}

async function withStore<T>(use: (store: ChainStore) => Promise<T>): Promise<T> {
  const store = await openStore(folder.path, { genesisHash: undefined });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

function rewind(target: number, onUndone: (headNumber: number) => void = () => undefined) {
  return withStore((store) => rewindChain(folder.path, store, { target, onUndone }));
}

describe('rewinding a chain', () => {
  it('leaves every record as it was when the block was the head, down to genesis, and begins an era each time', async () => {
    const contents = await extend(12);
    expect(await rewind(7)).toEqual({ number: 1, firstHeight: 8 });
    await withStore(async ({ database, head }) => {
      expect(head.number).toBe(7);
      expect(await content(database)).toEqual(contents[7]);
      await verifyState(database, { number: 7, stateRoot: decodeHeader(head.header).stateRoot });
    });
    expect(await rewind(7)).toEqual({ number: 1, firstHeight: 8 }); // nothing to do
    const others = await extend(3, { amount: 5n });
    expect(await rewind(8)).toEqual({ number: 2, firstHeight: 9 });
    await withStore(async ({ database }) => expect(await content(database)).toEqual(others[1]));
    expect(await rewind(0)).toEqual({ number: 3, firstHeight: 1 });
    await withStore(async ({ database }) => expect(await content(database)).toEqual(contents[0]));
  });

  it('is a rewound chain wherever it was interrupted, and goes on', async () => {
    const contents = await extend(10);
    const interrupted = rewind(2, (headNumber) => {
      if (headNumber === 6) throw new Error('the power went');
    });
    await expect(interrupted).rejects.toThrow('the power went');
    await withStore(async ({ database }) => {
      expect([readHead(database)?.number, readEra(database)]).toEqual([6, { number: 1, firstHeight: 7 }]);
      expect(await content(database)).toEqual(contents[6]);
    });
    expect(await rewind(2)).toEqual({ number: 2, firstHeight: 3 });
    await withStore(async ({ database }) => expect(await content(database)).toEqual(contents[2]));
  });

  it('is refused to a block above the head, and below what history is kept', async () => {
    await extend(4);
    await expect(rewind(5)).rejects.toMatchObject({ code: 'REWIND_AHEAD' } satisfies Partial<HeddleError>);
    await withStore(({ database }) => pruneHistory(database, { headNumber: 4, keep: 2, maxRecords: 1_000 }));
    await expect(rewind(2)).rejects.toMatchObject({ code: 'STATE_PRUNED' });
    expect((await rewind(3)).number).toBe(1);
  });

  it('is refused with several validators', async () => {
    await extend(2, { validatorCount: 4 });
    await expect(rewind(1)).rejects.toMatchObject({ code: 'REWIND_OF_MANY' });
  });
});
