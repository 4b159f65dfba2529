import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, type Database, genesisOperations } from '@heddle/executor';
import { encodeBlock, HeddleError } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chainOperations } from '../../src/chain/chain-operations.ts';
import { exportBlocks } from '../../src/chain/export-blocks.ts';
import { createTestChain, type TestChain } from './chain-fixture.ts';

const BLOCKS = 12;
const seed = seedFromEnvironment('export-blocks');
let folder: TemporaryDirectory;
let database: Database;
let chain: TestChain;
let file: string;

beforeEach(async () => {
  folder = temporaryDirectory('export');
  file = join(folder.path, 'chain.rlp');
  chain = createTestChain(createRandom(seed));
  database = await createDatabase(join(folder.path, 'database'));
  const { operations } = genesisOperations(chain.alloc);
  await database.batch([...operations, ...chain.blocks.flatMap(chainOperations)], { sync: false });
  while (chain.blocks.length <= BLOCKS) await chain.extend(database);
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

const store = () => ({ source: database, path: folder.path, headNumber: BLOCKS });

describe('an export', () => {
  it('is the RLP of the blocks, one after another', async () => {
    const written: number[] = [];
    await exportBlocks(store(), file, { from: 2, to: 11 }, (number) => void written.push(number));
    const expected = chain.blocks.slice(2, 12).map(({ block }) => encodeBlock(block));
    expect(readFileSync(file)).toEqual(Buffer.concat(expected));
    expect(written).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(existsSync(`${file}.partial`)).toBe(false);
  });

  it('leaves what is there when it does not come to its end', async () => {
    await exportBlocks(store(), file, { from: 1, to: 1 }, () => undefined);
    const before = readFileSync(file);
    const called = exportBlocks(store(), file, { from: 1, to: BLOCKS }, (number) => {
      if (number === 5) throw new HeddleError('INTERRUPTED', 'enough');
    });
    await expect(called).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(readFileSync(file)).toEqual(before);
    expect(existsSync(`${file}.partial`)).toBe(false);
  });

  it.each([
    [3, 2],
    [0, BLOCKS + 1],
  ])('refuses the range %i to %i', async (from, to) => {
    const refused = exportBlocks(store(), file, { from, to }, () => undefined);
    await expect(refused).rejects.toMatchObject({ code: 'EXPORT_RANGE', message: expect.stringContaining('0 to 12') });
  });

  it('says where it cannot write', async () => {
    const refused = exportBlocks(store(), join(folder.path, 'no', 'file'), { from: 1, to: 1 }, () => undefined);
    await expect(refused).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });
});
