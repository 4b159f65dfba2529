import { join } from 'node:path';
import { advanceHeight, decodeValidatorSet, encodeValidatorSet } from '@heddle/consensus';
import { type Address, DEFAULT_ENGINE, type Hash } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory, transfer } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChainStore, createStore, openStore } from '../../src/chain/chain-store.ts';
import { openContinuedStore } from '../../src/chain/open-continued-store.ts';
import { chainTagOf } from '../../src/genesis/chain-tag.ts';
import { firstSet, heddleSource } from '../../src/genesis/heddle-source.ts';
import type { Genesis } from '../../src/genesis/read-genesis.ts';
import { createBlockImporter } from '../../src/import/block-importer.ts';
import { type ChainGenesis, genesisOfSpec } from '../../src/import/chain-genesis.ts';
import {
  ALICE,
  build,
  changed,
  commitJob,
  type JobBlock,
  openService,
  type ServiceUnderTest,
  testSpec,
} from '../execution/execution-fixture.ts';

const STRANGER: Address = `0x${'5a'.repeat(20)}`;
/** Milliseconds of a block after its parent's second: the third one shares it. */
const PACE_MS = [1_000, 1_100, 400, 1_000];
let folder: TemporaryDirectory;
let store: ChainStore;

beforeEach(() => {
  folder = temporaryDirectory('block-importer');
});

afterEach(async () => {
  await store.close();
  folder.remove();
});

/** Whose turn it is changes from block to block. */
async function commit(block: JobBlock, maker: ServiceUnderTest): Promise<void> {
  const job = commitJob(block, maker);
  const nextValidators = encodeValidatorSet(advanceHeight(decodeValidatorSet(job.validators)));
  await maker.service.commit({ ...job, nextValidators });
}

/** Blocks that validators under `spec` would decide, each with a transfer. */
async function makeChain(spec: Genesis): Promise<JobBlock[]> {
  const maker = await openService(join(folder.path, 'made'), spec);
  const blocks: JobBlock[] = [];
  for (const [index, afterMs] of PACE_MS.entries()) {
    const block = await build(maker, { afterMs, transactions: [transfer(ALICE, STRANGER, 1n, { nonce: index })] });
    await commit(block, maker);
    blocks.push(block);
  }
  await maker.close();
  return blocks;
}

/** An empty store of `spec`'s chain, and what imports into it. */
function importerOf(spec: Genesis) {
  return importerFor(spec, genesisOfSpec('genesis.json', spec));
}

async function importerFor(spec: Genesis, genesis: ChainGenesis) {
  const path = join(folder.path, 'imported');
  const { nextValidators } = genesis;
  await createStore(path, { alloc: spec.alloc, block: (root) => genesis.blockWith(root), nextValidators });
  store = await openStore(path, { genesisHash: undefined });
  return createBlockImporter(store, genesis, DEFAULT_ENGINE);
}

describe('a chain of Heddle', () => {
  it('imports again with its shared seconds, and is known then', async () => {
    const spec = testSpec({ timestamps: 'shared' });
    const blocks = await makeChain(spec);
    const importer = await importerOf(spec);
    for (const { block } of blocks) expect(await importer.add(block)).toEqual({ status: 'imported' });
    expect(importer.head().hash).toBe(blocks.at(-1)?.blockId);
    for (const { block } of blocks) expect(await importer.add(block)).toEqual({ status: 'known' });
    await store.close();
    store = await openStore(join(folder.path, 'imported'), { genesisHash: undefined }); // no block has a certificate
    expect(store.head.number).toBe(blocks.length);
  });

  it('is refused by a spec whose seconds are strict, at the block that shares one', async () => {
    const strict = testSpec();
    const blocks = await makeChain({ ...strict, timestamps: 'shared' }); // the same genesis block, other rules
    const importer = await importerOf(strict);
    const verdicts = [];
    for (const { block } of blocks.slice(0, 3)) verdicts.push(await importer.add(block));
    expect(verdicts).toEqual([
      { status: 'imported' },
      { status: 'imported' },
      { status: 'refused', kind: 'header', reason: expect.stringMatching(/^timestamp: .*\(timestamps are strict\)$/) },
    ]);
    expect(importer.head().number).toBe(2);
  });

  it('is held to its own rules for headers', async () => {
    const spec = testSpec();
    const blocks = await makeChain({ ...spec, timestamps: 'shared' });
    const importer = await importerOf(spec);
    const first = blocks[0] as JobBlock;
    for (const [field, header] of [
      ['extraData', { extraData: '0x' }],
      ['mixHash', { mixHash: `0x${'11'.repeat(32)}` }],
      ['gasLimit', { gasLimit: 30_000_001n }],
      ['parentBeaconBlockRoot', { parentBeaconBlockRoot: `0x${'22'.repeat(32)}` }],
    ] as const) {
      const reason = expect.stringMatching(new RegExp(`^${field}: `));
      expect(await importer.add(changed(first, () => ({ header })).block)).toMatchObject({ status: 'refused', reason });
    }
    expect(await importer.add(Uint8Array.of(0xc0))).toMatchObject({ status: 'refused', kind: 'header' });
    expect(await importer.add(first.block)).toEqual({ status: 'imported' });
    const second = changed(first, () => ({ header: { gasUsed: 1n } }));
    const reason = 'number: the header says 1, expected 2';
    expect(await importer.add(second.block)).toEqual({ status: 'refused', kind: 'header', reason });
  });
});

describe('a chain that validators went on with', () => {
  const BASE = PACE_MS.length;
  const before = testSpec();

  /** Its blocks, those of one validator after those of four. */
  async function makeContinued(): Promise<{ blocks: JobBlock[]; genesis: (hash: Hash) => ChainGenesis }> {
    const first = await makeChain({ ...before, timestamps: 'shared' });
    const baseHash = first.at(-1)?.blockId ?? '0x';
    const next = (hash: Hash): Genesis => {
      return { ...before, validators: before.validators.slice(0, 1), elasticity: 4, base: { number: BASE, hash } };
    };
    const path = join(folder.path, 'made');
    const source = { genesis: heddleSource('', before), base: { number: BASE, hash: baseHash } };
    const tagOf = (genesisHash: Hash) => chainTagOf(genesisHash, next(baseHash));
    await (await openContinuedStore(path, { ...source, validators: firstSet(next(baseHash)), tagOf })).close();
    const maker = await openService(path, next(baseHash));
    const more: JobBlock[] = [];
    for (let index = 0; index < 2; index++) {
      const block = await build(maker, { transactions: [transfer(ALICE, STRANGER, 1n, { nonce: BASE + index })] });
      await commit(block, maker);
      more.push(block);
    }
    await maker.close();
    const genesis = (hash: Hash): ChainGenesis => {
      const { parts, ...rest } = genesisOfSpec('genesis.json', { ...before, timestamps: 'shared' });
      const [part] = genesisOfSpec('genesis.json', next(hash)).parts;
      return {
        ...rest,
        parts: [
          { ...parts[0], to: BASE },
          { ...part, from: BASE + 1 },
        ],
      };
    };
    return { blocks: [...first, ...more], genesis };
  }

  it('imports as a whole, each part by its rules and its validators', async () => {
    const { blocks, genesis } = await makeContinued();
    const importer = await importerFor(before, genesis(blocks[BASE - 1]?.blockId ?? '0x'));
    for (const { block } of blocks.slice(0, BASE)) expect(await importer.add(block)).toEqual({ status: 'imported' });
    const first = blocks[BASE] as JobBlock;
    const other = changed(first, () => ({ header: { parentBeaconBlockRoot: `0x${'22'.repeat(32)}` } }));
    expect(await importer.add(other.block)).toMatchObject({ status: 'refused' });
    for (const { block } of blocks.slice(BASE)) expect(await importer.add(block)).toEqual({ status: 'imported' });
    expect(importer.head().hash).toBe(blocks.at(-1)?.blockId);
  });

  it('goes on from no other block than it says', async () => {
    const { blocks, genesis } = await makeContinued();
    const importer = await importerFor(before, genesis(`0x${'33'.repeat(32)}`));
    const verdicts = [];
    for (const { block } of blocks.slice(0, BASE)) verdicts.push(await importer.add(block));
    const hash = blocks[BASE - 1]?.blockId;
    expect(verdicts.at(-1)).toEqual({
      status: 'refused',
      kind: 'header',
      reason: `hash: block ${BASE} is ${hash}, config.heddle goes on from 0x${'33'.repeat(32)}`,
    });
    expect(importer.head().number).toBe(BASE - 1);
  });
});
