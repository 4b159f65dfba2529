import { createMPT, verifyMPTWithMerkleProof } from '@ethereumjs/mpt';
import { type Address, bytesToHex, encodeRlp, type Hash, hexToBytes, keccak256, trimBytes } from '@heddle/primitives';
import { seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RebuildLimits, triesAt } from '../../src/history/past-tries.ts';
import { pruneHistory } from '../../src/history/prune-history.ts';
import { stateAt } from '../../src/history/state-at.ts';
import { createDatabase, type Database } from '../../src/state/database.ts';
import { type AccountProof, proveAccount } from '../../src/trie/account-proof.ts';
import { createRandomChain, type RandomChain } from '../state/random-chain.ts';
import { type ModelAccount, rootByLibrary } from '../state/state-model.ts';

const seed = seedFromEnvironment('past-tries');
const ROUNDS = process.env.HEDDLE_SUITE === 'nightly' ? 250 : 25;
const NOBODY: Address = `0x${'99'.repeat(20)}`;
const NO_SLOT: Hash = `0x${'98'.repeat(32)}`;
const ENOUGH: RebuildLimits = { endMs: Number.POSITIVE_INFINITY, maxChanges: Number.POSITIVE_INFINITY };
let folder: TemporaryDirectory;
let database: Database;

beforeEach(async () => {
  folder = temporaryDirectory('past-tries');
  database = await createDatabase(folder.path);
});

afterEach(async () => {
  await database.close();
  folder.remove();
});

/** Everything of block `number`, and of an account and a slot that nobody has, proved and judged by the library. */
async function expectProofs(chain: RandomChain, number: number): Promise<void> {
  const { universe, states, roots, head } = chain;
  const stateRoot = roots[number] as Hash;
  expect(stateRoot).toBe(await rootByLibrary(states[number] ?? new Map()));
  const tries = await triesAt(database, { number, stateRoot }, { head: head(), limits: ENOUGH });
  const state = { reader: stateAt(database, number, head().number), tries, stateRoot };
  for (const address of [...universe.addresses, NOBODY]) {
    const proof = proveAccount(state, address, [...universe.slots, NO_SLOT]);
    await expectProof(stateRoot, address, proof, states[number]?.get(address));
  }
}

async function expectProof(
  stateRoot: Hash,
  address: Address,
  { account, storageRoot, accountNodes, slots }: AccountProof,
  expected: ModelAccount | undefined,
): Promise<void> {
  const leaf = await judge(stateRoot, address, accountNodes);
  expect(account?.balance, address).toBe(expected?.balance);
  expect(leaf === undefined, address).toBe(expected === undefined);
  if (leaf === undefined || storageRoot === undefined) {
    expect(slots.every(({ nodes, value }) => nodes.length === 0 && isZero(value))).toBe(true);
    return;
  }
  expect(bytesToHex(leaf).includes(bytesToHex(storageRoot).slice(2)), 'the leaf names the storage root').toBe(true);
  for (const { slot, value, nodes } of slots) {
    const found = nodes.length === 0 ? undefined : await judge(bytesToHex(storageRoot), slot, nodes);
    const wanted = expected?.slots.get(slot);
    expect(found && bytesToHex(found), slot).toBe(wanted && bytesToHex(encodeRlp(trimBytes(wanted))));
    expect(bytesToHex(value)).toBe(bytesToHex(wanted ?? new Uint8Array(32)));
  }
}

/** The value that the library finds proved, undefined when it finds proved that there is none; it throws else. */
async function judge(root: Hash, key: Address | Hash, nodes: readonly Uint8Array[]): Promise<Uint8Array | undefined> {
  const trie = await createMPT({ useKeyHashing: true, useKeyHashingFunction: keccak256 });
  if (nodes.length === 0) {
    expect(root).toBe(bytesToHex(trie.root()));
    return undefined;
  }
  return (await verifyMPTWithMerkleProof(trie, hexToBytes(root), hexToBytes(key), [...nodes])) ?? undefined;
}

function isZero(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0);
}

describe('proofs', () => {
  it('of every block show what a plain model has and what it has not, through wipes and pruning', {
    timeout: 3_600_000,
  }, async () => {
    const chain = await createRandomChain(database, seed, 10);
    for (let round = 0; round < ROUNDS; round++) {
      for (let count = chain.random.int(1, 8); count > 0; count--) await chain.extend();
      const headNumber = chain.head().number;
      const oldest = await pruneHistory(database, { headNumber, keep: 40, maxRecords: 200 });
      await expectProofs(chain, headNumber);
      for (let picked = 0; picked < 3; picked++) await expectProofs(chain, chain.random.int(oldest, headNumber));
    }
  });

  it('are refused where too much has changed, or it takes too long', async () => {
    const chain = await createRandomChain(database, seed, 10);
    for (let count = 0; count < 30; count++) await chain.extend();
    const { head, roots } = chain;
    const ask = (number: number, limits: RebuildLimits) =>
      triesAt(database, { number, stateRoot: roots[number] as Hash }, { head: head(), limits });
    const outOfReach = { code: 'STATE_OUT_OF_REACH' };
    await expect(ask(0, { ...ENOUGH, maxChanges: 40 })).rejects.toMatchObject(outOfReach);
    await expect(ask(0, { ...ENOUGH, endMs: performance.now() })).rejects.toMatchObject(outOfReach);
    await ask(29, { ...ENOUGH, maxChanges: 100 });
    await ask(30, { maxChanges: 0, endMs: 0 });
  });

  it('are never of another state than the header names', async () => {
    const chain = await createRandomChain(database, seed, 10);
    for (let count = 0; count < 10; count++) await chain.extend();
    const { head, roots } = chain;
    const wrong = triesAt(database, { number: 5, stateRoot: roots[6] as Hash }, { head: head(), limits: ENOUGH });
    await expect(wrong).rejects.toMatchObject({ code: 'STATE_ROOT_MISMATCH' });
  });
});
