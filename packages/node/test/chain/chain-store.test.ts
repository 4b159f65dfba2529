import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BatchOperation, openDatabase } from '@heddle/executor';
import { HeddleError, ZERO_HASH } from '@heddle/primitives';
import { createRandom, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKED_BLOCKS } from '../../src/chain/chain-checks.ts';
import { blockKey, GENESIS_KEY, HEAD_KEY } from '../../src/chain/chain-keys.ts';
import type { BlockToKeep } from '../../src/chain/chain-operations.ts';
import { createStore, openStore } from '../../src/chain/chain-store.ts';
import { createTestChain, type TestChain } from './chain-fixture.ts';

const BLOCKS = CHECKED_BLOCKS + 8;
const STATE_ROOT_NODE = Uint8Array.from(Buffer.from('t'));
let folder: TemporaryDirectory;
let path: string;
let chain: TestChain;

beforeEach(async () => {
  folder = temporaryDirectory('chain-store');
  path = join(folder.path, 'database');
  chain = createTestChain(createRandom('chain-store'));
  await createStore(path, {
    alloc: chain.alloc,
    block: () => genesis().block,
    nextValidators: genesis().head.nextValidators,
  });
});

afterEach(() => {
  folder.remove();
});

const genesis = () => chain.blocks[0] as BlockToKeep;
const open = () => openStore(path, { genesisHash: genesis().head.hash });

async function extend(): Promise<void> {
  const store = await open();
  for (let block = 0; block < BLOCKS; block++) await chain.extend(store.database);
  await store.close();
}

/** Changes a closed store behind its back, as a whole: its seal would tell that something changed. */
async function tamper(operation: BatchOperation): Promise<void> {
  const database = await openDatabase(path);
  await database.batch([operation], { sync: true });
  await database.close();
  rmSync(`${path}.seal`, { force: true });
}

describe('the store of a chain', () => {
  it('is not there when its making was cut short, and can be made then', async () => {
    const other = join(folder.path, 'other');
    const { alloc } = chain;
    const { block, head } = genesis();
    const cutShort = createStore(other, {
      alloc: (function* () {
        yield* alloc.slice(1);
        throw new HeddleError('CUT', 'short');
      })(),
      block: () => block,
      nextValidators: head.nextValidators,
    });
    await expect(cutShort).rejects.toMatchObject({ code: 'CUT' });
    await expect(openStore(other, { genesisHash: head.hash })).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await createStore(other, { alloc, block: () => block, nextValidators: head.nextValidators });
    const store = await openStore(other, { genesisHash: head.hash });
    expect(store.head).toEqual(head);
    await store.close();
  });

  it('begins at genesis and goes on where it was closed', async () => {
    const first = await open();
    expect(first.head).toEqual(genesis().head);
    await first.close();
    await extend();
    const second = await open();
    expect(second.wasUnclean).toBe(false);
    expect(second.head).toEqual(chain.blocks.at(-1)?.head);
    await second.close();
  });

  it('refuses the chain of another genesis and names both', async () => {
    const failure = await openStore(path, { genesisHash: ZERO_HASH }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HeddleError);
    expect(failure).toMatchObject({ code: 'STORE_OTHER_CHAIN', remedy: expect.stringMatching(/--reset/) });
    expect(String(failure)).toContain(ZERO_HASH);
    expect(String(failure)).toContain(genesis().head.hash);
    await (await open()).close();
  });

  const head = BLOCKS;
  const cases: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
    ['no head', HEAD_KEY, 'STORE_CORRUPT', /no genesis block or no head/],
    ['no genesis', GENESIS_KEY, 'STORE_CORRUPT', /no genesis block or no head/],
    ['no root node', STATE_ROOT_NODE, 'STATE_ROOT_MISMATCH', /stored state of block 40 has root 0x56e81f17/],
    ['a header less', blockKey('header', head), 'STORE_CORRUPT', /block 40: its header is missing/],
    ['a body less', blockKey('body', head - 3), 'STORE_CORRUPT', /block 37: its body record is missing/],
    ['senders less', blockKey('senders', head - 3), 'STORE_CORRUPT', /block 37: its senders record is missing/],
    ['receipts less', blockKey('receipts', head - 9), 'STORE_CORRUPT', /block 31: its receipts record is missing/],
    [
      'a certificate less',
      blockKey('certificate', head),
      'STORE_CORRUPT',
      /block 40: its certificate record is missing/,
    ],
  ];
  it.each(cases)('refuses a store with %s', async (_, key, code, message) => {
    await extend();
    await tamper({ type: 'del', key });
    await expect(open()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(open()).rejects.toMatchObject({ code });
  });

  it('refuses headers that do not follow each other, and records that cannot be decoded', async () => {
    await extend();
    const database = await openDatabase(path);
    const own = database.getSync(blockKey('header', BLOCKS - 4)) ?? new Uint8Array(0);
    const other = database.getSync(blockKey('header', BLOCKS - 5)) ?? new Uint8Array(0);
    await database.close();
    await tamper({ type: 'put', key: blockKey('header', BLOCKS - 4), value: other });
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringMatching(/its hash is/),
    });
    const mistaken = Uint8Array.from(own, (byte, index) => (index === 0 ? byte ^ 1 : byte));
    await tamper({ type: 'put', key: blockKey('header', BLOCKS - 4), value: mistaken });
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringMatching(/its hash is/),
    });
    await tamper({ type: 'put', key: HEAD_KEY, value: Uint8Array.of(0xff, 1) });
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringMatching(/cannot be decoded/),
    });
  });
});
