import { join } from 'node:path';
import { bytesToHex, type GenesisAccount, type Hash } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database } from '../../src/state/database.ts';
import { genesisOperations, writeGenesisState } from '../../src/state/genesis-state.ts';
import { FORMAT_KEY } from '../../src/state/state-keys.ts';
import { verifyState } from '../../src/trie/verify-state.ts';

const ACCOUNTS = 10_500; // more than are written together
const MANY_SLOTS = 20_100; // the same of one account
const seed = seedFromEnvironment('write-genesis-state');
const EVERYTHING = { from: Uint8Array.of(0), to: Uint8Array.of(0xff) };
let folder: TemporaryDirectory;
let database: Database;

beforeEach(async () => {
  folder = temporaryDirectory('write-genesis');
  database = await createDatabase(join(folder.path, 'database'));
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

function drawAlloc(count: number): GenesisAccount[] {
  const random = createRandom(seed);
  const codes = [new Uint8Array(0), random.bytes(40), random.bytes(3_000)];
  const word = () => bytesToHex(random.bytes(32));
  return Array.from({ length: count }, (_, index) => {
    const slotCount = index === 7 ? MANY_SLOTS : random.chance(0.05) ? random.int(1, 40) : 0;
    return {
      address: bytesToHex(random.bytes(20)),
      nonce: BigInt(random.int(0, 3)),
      balance: BigInt(random.int(0, 1_000_000)),
      code: random.chance(0.1) ? random.pick(codes) : new Uint8Array(0),
      storage: new Map<Hash, Hash>(Array.from({ length: slotCount }, () => [word(), word()])),
    };
  });
}

async function contents(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const entries of database.iterate(EVERYTHING)) {
    for (const [key, value] of entries) found.set(bytesToHex(key), bytesToHex(value));
  }
  found.delete(bytesToHex(FORMAT_KEY));
  return found;
}

describe('a genesis that is written in parts', () => {
  it('comes to the same as one that is written at once', async () => {
    const alloc = drawAlloc(ACCOUNTS);
    const progress: number[] = [];
    const root = await writeGenesisState(database, alloc, (done, total) => {
      expect(total).toBe(ACCOUNTS);
      progress.push(done);
    });
    const { stateRoot, operations } = genesisOperations(alloc);
    expect(root).toBe(stateRoot);
    const expected = operations.map((one) => [bytesToHex(one.key), one.type === 'put' && bytesToHex(one.value)]);
    expect(await contents()).toEqual(new Map(expected as [string, string][]));
    await verifyState(database, { number: 0, stateRoot });
    expect(progress).toEqual([10_000, ACCOUNTS]);
  });

  it('holds an account with more slots than a call may have arguments', async () => {
    const storage = new Map<Hash, Hash>();
    for (let slot = 1; slot <= 150_000; slot++) {
      const word: Hash = `0x${slot.toString(16).padStart(64, '0')}`;
      storage.set(word, word);
    }
    const [account] = drawAlloc(1) as [GenesisAccount];
    const alloc = [{ ...account, storage }];
    expect(await writeGenesisState(database, alloc)).toBe(genesisOperations(alloc).stateRoot);
  });

  it('may be empty', async () => {
    expect(await writeGenesisState(database, [])).toBe(genesisOperations([]).stateRoot);
    expect(await contents()).toEqual(new Map());
  });

  it('refuses an account that comes twice, near or far', async () => {
    const [first, ...others] = drawAlloc(10_100) as [GenesisAccount, ...GenesisAccount[]];
    for (const alloc of [
      [first, ...others.slice(0, 3), first],
      [first, ...others, first],
    ]) {
      const refused = { code: 'GENESIS_ACCOUNT_TWICE', message: expect.stringContaining(first.address) };
      await expect(writeGenesisState(database, alloc)).rejects.toMatchObject(refused);
      await database.close();
      database = await createDatabase(join(folder.path, `next-${alloc.length}`));
    }
  });
});
