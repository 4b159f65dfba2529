import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BatchOperation, openDatabase } from '@heddle/executor';
import { createRandom, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHECKED_BLOCKS } from '../../src/chain/chain-checks.ts';
import { blockKey } from '../../src/chain/chain-keys.ts';
import type { BlockToKeep } from '../../src/chain/chain-operations.ts';
import { createStore, openStore } from '../../src/chain/chain-store.ts';
import { runProgram } from '../../src/cli/program.ts';
import { createTestChain, type TestChain } from '../chain/chain-fixture.ts';

const BLOCKS = CHECKED_BLOCKS + 8;
let folder: TemporaryDirectory;
let chain: TestChain;
let errors: string[] = [];
let output: string[] = [];

beforeEach(async () => {
  folder = temporaryDirectory('db-command');
  chain = createTestChain(createRandom('db-command'));
  const { block, head } = chain.blocks[0] as BlockToKeep;
  await createStore(path(), { alloc: chain.alloc, block: () => block, nextValidators: head.nextValidators });
  const store = await openStore(path(), { genesisHash: head.hash });
  for (let number = 1; number <= BLOCKS; number++) await chain.extend(store.database);
  await store.close();
  [errors, output] = [[], []];
  vi.spyOn(console, 'error').mockImplementation((line) => void errors.push(line));
  vi.spyOn(console, 'log').mockImplementation((line) => void output.push(line));
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  folder.remove();
});

const path = () => join(folder.path, 'database');

function db(...args: string[]): Promise<number> {
  return runProgram(['db', ...args], {
    startNode: () => {
      throw new RangeError('no node is started');
    },
  });
}

/** Changes the closed store as somebody with its own tools would: its checksums are right. */
async function tamper(operation: BatchOperation): Promise<void> {
  const database = await openDatabase(path());
  await database.batch([operation], { sync: true });
  await database.close();
  rmSync(`${path()}.seal`);
}

describe('heddle db stats', () => {
  it('counts what is in the store by kind', async () => {
    expect(await db('stats', '--datadir', folder.path, '--json')).toBe(0);
    const stats = JSON.parse(output[0] ?? '');
    const countOf = (kind: string) => stats.kinds.find((one: { kind: string }) => one.kind === kind)?.count;
    expect(stats.head).toEqual({ number: BLOCKS, hash: chain.blocks.at(-1)?.head.hash });
    expect(countOf('accounts')).toBe(chain.alloc.length);
    expect(countOf('slots')).toBe(chain.alloc.length);
    expect(countOf('storage trie nodes')).toBe(chain.alloc.length);
    expect(countOf('headers')).toBe(BLOCKS + 1);
    expect(countOf('receipts')).toBe(BLOCKS + 1);
    expect(countOf('certificates')).toBe(BLOCKS);
    const transactions = chain.blocks.reduce((sum, { block }) => sum + block.transactions.length, 0);
    expect(countOf('transaction hashes')).toBe(transactions);
    expect(countOf('other')).toBe(3); // format, genesis, head
    expect(stats.diskBytes).toBeGreaterThan(1_000);
  });

  it('prints a table for people', async () => {
    expect(await db('stats', '--datadir', folder.path)).toBe(0);
    const lines = output[0]?.split('\n') ?? [];
    expect(lines[0]).toBe(`head ${BLOCKS} ${chain.blocks.at(-1)?.head.hash}`);
    expect(lines.find((line) => line.startsWith('accounts'))).toMatch(/^accounts +4 +84 B +\d+ B$/);
    expect(lines.at(-1)).toMatch(/^on disk [\d.]+ (KiB|MiB)$/);
  });
});

describe('heddle db verify', () => {
  it('finds a sound store sound', async () => {
    expect(await db('verify', '--datadir', folder.path)).toBe(0);
    expect(output[0]).toContain(`is sound: block ${BLOCKS} ${chain.blocks.at(-1)?.head.hash}`);
    expect(output[0]).toContain('4 accounts and 4 slots');
  });

  it('finds a slot that is not what the state root says, and no process opens the store again', async () => {
    const slot = chain.alloc[0]?.address.slice(2) ?? '';
    const key = Buffer.concat([Buffer.from('s'), Buffer.from(slot, 'hex'), Buffer.alloc(36)]);
    await tamper({ type: 'put', key, value: Uint8Array.of(9) });
    expect(await db('verify', '--datadir', folder.path)).toBe(1);
    expect(errors[0]).toMatch(/^heddle: the stored state of block 40 has root 0x/);
    expect(await db('stats', '--datadir', folder.path)).toBe(1);
    expect(errors[1]).toContain('is damaged: the stored state of block 40');
  });

  it('finds a record that is missing far below the head', async () => {
    await tamper({ type: 'del', key: blockKey('receipts', 3) });
    expect(await db('verify', '--datadir', folder.path)).toBe(1);
    expect(errors[0]).toContain('block 3: its receipts record is missing');
  });
});

describe('heddle db', () => {
  it('leaves a store alone that is in use', async () => {
    const store = await openStore(path(), { genesisHash: undefined });
    for (const command of ['stats', 'verify']) {
      expect(await db(command, '--datadir', folder.path)).toBe(1);
      expect(errors.at(-1)).toContain(`the store ${path()} is in use by another process; stop that process`);
    }
    await store.close();
  });

  it('says which folder is meant when there are several stores, or none', async () => {
    const devnet = join(folder.path, 'devnet');
    mkdirSync(join(devnet, 'validator-0'), { recursive: true });
    expect(await db('stats', '--datadir', devnet)).toBe(1);
    expect(errors[0]).toContain(`for example --datadir ${join(devnet, 'validator-0')}`);
    expect(await db('stats', '--datadir', join(devnet, 'validator-0'))).toBe(1);
    expect(errors[1]).toContain('no chain store in');
    expect(await db('stats', '--datadir', join(devnet, 'nowhere'))).toBe(1);
    expect(errors[2]).toBe(`heddle: no folder ${join(devnet, 'nowhere')}; check --datadir`);
  });
});
