import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, type ChainBase, ZERO_HASH } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChainStore } from '../../src/chain/open-chain-store.ts';
import { readChainGenesis } from '../../src/import/chain-genesis.ts';
import { placeBaseStores, readBaseChain } from '../../src/supervisor/base-chain.ts';

const RICH: Address = `0x${'a1'.repeat(20)}`;
const POOR: Address = `0x${'b0'.repeat(20)}`;
const NOW_MS = 1_700_000_000_000;
const NOW = NOW_MS / 1_000;
let folder: TemporaryDirectory;
let datadir: string;

beforeEach(() => {
  folder = temporaryDirectory('base-chain');
  datadir = join(folder.path, 'imported');
});

afterEach(() => folder.remove());

/** A chain of genesis alone whose forks came, or come, at these times. */
async function makeChain(times: Readonly<Record<string, number>>, fields: object = {}): Promise<void> {
  const config = { chainId: 5, terminalTotalDifficulty: 0, londonBlock: 0, ...times };
  const genesis = { config, difficulty: 0, gasLimit: 50_000_000, alloc: { [RICH]: { balance: 7 } }, ...fields };
  const file = join(datadir, 'genesis.json');
  mkdirSync(datadir);
  writeFileSync(file, JSON.stringify(genesis));
  await (await openChainStore(join(datadir, 'database'), readChainGenesis(file), () => undefined)).close();
}

const PRAGUE = { shanghaiTime: 0, cancunTime: 0, pragueTime: 0 };
const read = () => readBaseChain(datadir, [RICH, POOR], NOW_MS);

describe('a chain that validators can go on from', () => {
  it('says its head, its gas limit and what the accounts have', async () => {
    await makeChain({ ...PRAGUE, osakaTime: NOW });
    const base = await read();
    expect(base).toMatchObject({ number: 0, gasLimit: 50_000_000n, balances: [7n, 0n] });
    expect(Object.keys(base.json as object)).not.toContain('alloc'); // it may be larger than memory
  });

  it.each<[string, Readonly<Record<string, number>>, object, string, string]>([
    ['is older than Prague', { shanghaiTime: 0, cancunTime: 0 }, {}, 'BASE_TOO_OLD', 'is one of cancun'],
    ['has a fork ahead', { ...PRAGUE, osakaTime: NOW + 1 }, {}, 'FORK_AHEAD', `osaka comes into force at ${NOW + 1}`],
    ['has blobs to change', { ...PRAGUE, osakaTime: 0, bpo1Time: NOW + 9 }, {}, 'FORK_AHEAD', 'bpo1 comes into force'],
    ['is from the future', PRAGUE, { timestamp: NOW + 1 }, 'BASE_FROM_FUTURE', `is of ${NOW + 1} (Unix seconds)`],
  ])('is none that %s', async (_, times, fields, code, message) => {
    await makeChain(times, fields);
    await expect(read()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('is none whose genesis.json is of another chain', async () => {
    await makeChain(PRAGUE);
    writeFileSync(join(datadir, 'genesis.json'), JSON.stringify({ config: { chainId: 5 }, gasLimit: 50_000_000 }));
    await expect(read()).rejects.toMatchObject({ code: 'STORE_OTHER_CHAIN' });
    await expect(readBaseChain(join(folder.path, 'none'), [], NOW_MS)).rejects.toMatchObject({
      code: 'CHAIN_FOLDER_MISSING',
    });
  });
});

describe('the stores of validators', () => {
  const validators = [0, 1, 2].map((index) => ({ index, pathOf: () => join(folder.path, `v${index}`) }));

  /** What was copied. */
  async function place(base: ChainBase): Promise<string[]> {
    const copied = new Set<string>();
    const owners = validators.map(({ index, pathOf }) => ({ index, paths: { database: pathOf() } }));
    await placeBaseStores(datadir, base, { validators: owners, onCopied: (what) => void copied.add(what) });
    return [...copied];
  }

  it('are copies of the base: each that is not there, and again one that was wiped', async () => {
    await makeChain(PRAGUE);
    const base = await read();
    expect(await place(base)).toEqual([0, 1, 2].map((index) => `copying for validator ${index}`));
    expect(await place(base)).toEqual([]);
    rmSync(join(folder.path, 'v1'), { recursive: true });
    expect(await place(base)).toEqual(['copying for validator 1']);
  });

  it('are not made of a chain that is at another block now', async () => {
    await makeChain(PRAGUE);
    await expect(place({ number: 0, hash: ZERO_HASH })).rejects.toMatchObject({
      code: 'BASE_MOVED',
      remedy: expect.stringContaining('unless several validators decided them, take blocks back'),
    });
    expect(existsSync(join(folder.path, 'v0'))).toBe(false);
  });
});
