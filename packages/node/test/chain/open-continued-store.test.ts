import { decodeValidatorSet } from '@heddle/consensus';
import { copyStore } from '@heddle/executor';
import { type ChainBase, type ChainSpec, decodeHeader, type Hash, keccak256Hex, ZERO_HASH } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChainStore, openStore } from '../../src/chain/chain-store.ts';
import { readDecidedBlocks } from '../../src/chain/decided-blocks.ts';
import { readEra } from '../../src/chain/era-record.ts';
import { openContinuedStore } from '../../src/chain/open-continued-store.ts';
import { rewindChain } from '../../src/chain/rewind-chain.ts';
import { chainTagOf } from '../../src/genesis/chain-tag.ts';
import { firstSet, heddleSource } from '../../src/genesis/heddle-source.ts';
import type { Genesis } from '../../src/genesis/read-genesis.ts';
import { build, commitJob, openService, testSpec } from '../execution/execution-fixture.ts';

/** Four validators made the chain up to the base; one goes on. */
const before = testSpec();
const BASE = 3;
let folder: TemporaryDirectory;
let base: ChainBase;
let path: string;
let origin: string;

beforeEach(async () => {
  folder = temporaryDirectory('open-continued-store');
  [origin, path] = [`${folder.path}/origin`, `${folder.path}/next`];
  await extend(origin, before, BASE);
  base = await withStore(openStore(origin, { genesisHash: undefined }), async ({ head }) => head);
});

afterEach(() => folder.remove());

/** Adds empty blocks to the chain of `spec` in `at`. */
async function extend(at: string, spec: Genesis, count: number): Promise<void> {
  const node = await openService(at, spec);
  for (let index = 0; index < count; index++) await node.service.commit(commitJob(await build(node), node));
  await node.close();
}

async function withStore<T>(opening: Promise<ChainStore>, use: (store: ChainStore) => Promise<T>): Promise<T> {
  const store = await opening;
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The chain of a validator that goes on from the base. */
function next(validator = 0): Genesis {
  const validators = before.validators.slice(validator, validator + 1);
  return { ...before, validators, base, genesisExtraData: keccak256Hex(Uint8Array.of(validator)) };
}

function open(spec: ChainSpec = next(), change: Partial<ChainBase> = {}): Promise<ChainStore> {
  const genesis = heddleSource('', before);
  const next = { ...base, ...change };
  return openContinuedStore(path, {
    genesis,
    base: next,
    validators: firstSet(spec),
    tagOf: tagOf({ ...spec, base: next }),
  });
}

const tagOf = (spec: ChainSpec) => (genesisHash: Hash) => chainTagOf(genesisHash, spec);
const nothing = async () => undefined;

describe('the store of a chain that goes on from another one', () => {
  it('begins as a copy: the same head, the new validators, and nothing that they have decided', async () => {
    await copyStore(origin, path);
    await withStore(open(), async ({ database, head }) => {
      expect(head).toMatchObject({ number: BASE, hash: base.hash, certificate: undefined, validators: undefined });
      const { members } = decodeValidatorSet(head.nextValidators);
      expect(members.map(({ address }) => address)).toEqual([before.validators[0]?.address]);
      expect(readEra(database)).toEqual({ number: 0, firstHeight: BASE + 1 });
    });
    await withStore(openStore(path, { genesisHash: undefined }), async ({ head }) => {
      expect(decodeValidatorSet(head.nextValidators).members).toHaveLength(1);
    });
    await withStore(openStore(origin, { genesisHash: undefined }), async ({ head }) => {
      expect(decodeValidatorSet(head.nextValidators).members).toHaveLength(4);
    });
  });

  it('goes on by the new rules, and is opened again with its blocks', async () => {
    await copyStore(origin, path);
    await withStore(open(), nothing);
    await extend(path, { ...next(), gasLimit: 50_000_000n }, 2);
    await withStore(open(), async ({ database, head }) => {
      expect(head.number).toBe(BASE + 2);
      expect(decodeHeader(head.header).gasLimit).toBe(50_000_000n);
      const range = { from: BASE + 1, maxCount: 10, maxBytes: 1_000_000 };
      expect(readDecidedBlocks(database, range)).toHaveLength(2);
    });
  });

  it('is rewound to the base, and no further', async () => {
    await copyStore(origin, path);
    await withStore(open(), nothing);
    await extend(path, next(), 2);
    const rewind = (target: number) =>
      withStore(open(), (store) => rewindChain(path, store, { target, onUndone: () => undefined }));
    await expect(rewind(BASE - 1)).rejects.toMatchObject({ code: 'REWIND_BELOW_BASE' });
    expect(await rewind(BASE)).toEqual({ number: 1, firstHeight: BASE + 1 });
    await withStore(open(), async ({ database }) => expect(readEra(database).number).toBe(1));
    await extend(path, next(), 1);
    await withStore(open(), async ({ head }) => expect(head.number).toBe(BASE + 1));
  });

  it('is not made of genesis: what is missing, and what to do, is said', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'BASE_STORE_MISSING',
      message: expect.stringContaining(`block ${BASE} ${base.hash}`),
      remedy: expect.stringContaining('copy the folder database'),
    });
  });

  it('is refused with another chain, too few blocks, another block, or blocks of others', async () => {
    await copyStore(origin, path);
    const refused = { code: 'BASE_STORE_OTHER' };
    await expect(open(next(), { number: BASE + 1 })).rejects.toMatchObject(refused);
    await expect(open(next(), { hash: ZERO_HASH })).rejects.toMatchObject(refused);
    await extend(path, before, 1);
    await expect(open()).rejects.toMatchObject({ ...refused, message: expect.stringContaining(`up to ${BASE + 1}`) });
    const other = openContinuedStore(path, {
      genesis: heddleSource('', { ...before, genesisTimestamp: 1 }),
      ...{ base, validators: firstSet(next()), tagOf: tagOf(next()) },
    });
    await expect(other).rejects.toMatchObject({ code: 'STORE_OTHER_CHAIN' });
  });

  it('is refused to others that go on from the same block, once it has blocks of its own', async () => {
    await copyStore(origin, path);
    await withStore(open(), nothing);
    await extend(path, next(), 1);
    await expect(open(next(1))).rejects.toMatchObject({ code: 'BASE_STORE_OTHER' });
    await expect(open({ ...next(), codeSizeLimit: 50_000 })).rejects.toMatchObject({
      code: 'BASE_STORE_OTHER',
      message: expect.stringContaining('not those of this chain'),
    });
    await withStore(open(), nothing);
  });

  it('is theirs who opened it last, while there are no blocks', async () => {
    await copyStore(origin, path);
    await withStore(open(), nothing);
    const other = { ...next(), codeSizeLimit: 50_000 };
    await withStore(open(other), nothing);
    await extend(path, other, 1);
    await expect(open()).rejects.toMatchObject({ code: 'BASE_STORE_OTHER' });
    await withStore(open(other), nothing);
  });

  it('is not rewound below the base before it has blocks either', async () => {
    await copyStore(origin, path);
    await withStore(open(), async (store) => {
      const rewinding = rewindChain(path, store, { target: BASE - 1, onUndone: () => undefined });
      await expect(rewinding).rejects.toMatchObject({
        code: 'REWIND_BELOW_BASE',
        message: expect.stringContaining(`went on from block ${BASE}`),
      });
    });
    await withStore(open(), async ({ head }) => expect(head.number).toBe(BASE));
  });
});
