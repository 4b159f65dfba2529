import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { genesisOperations } from '@heddle/executor';
import { type Hash, hashHeader } from '@heddle/primitives';
import {
  createRandom,
  type Random,
  seedFromEnvironment,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@heddle/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStore, openStore } from '../../src/chain/chain-store.ts';
import { verifyChain } from '../../src/chain/verify-chain.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { testSpec } from '../../test/execution/execution-fixture.ts';
import { cutLogs } from './ledger.ts';
import { testBuild } from './node-under-test.ts';

const CHILD = join(import.meta.dirname, 'bare-store-child.mjs');
const KILLS = process.env.HEDDLE_SUITE === 'nightly' ? 200 : 30;
/** Slots that each block changes: some 40 KB of writes, so that LevelDB's log changes files every few kills. */
const SLOTS = 300;
/** Longer than most batches take here. */
const MAX_DELAY_US = 3_000;

let folder: TemporaryDirectory;
let path: string;
let ledger: string;
let genesisHash: Hash;

beforeEach(async () => {
  folder = temporaryDirectory('bare-store');
  path = join(folder.path, 'database');
  ledger = join(folder.path, 'ledger');
  const spec = testSpec();
  const block = (stateRoot: Hash) => genesisBlock(spec, stateRoot);
  genesisHash = hashHeader(block(genesisOperations(spec.alloc).stateRoot).header);
  await createStore(path, { alloc: spec.alloc, block, nextValidators: Uint8Array.of(1) });
});

afterEach(() => folder.remove());

it(`a store whose process is killed ${KILLS} times, most often inside a batch, and whose logs are cut, loses nothing final`, async () => {
  const random = createRandom(seedFromEnvironment('bare store'));
  let inBatch = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const life = await killOnce(random, kill);
    inBatch += Number(life.wasInBatch);
    expect(await faultsAfter(life)).toEqual([]);
  }
  console.log(`bare store: ${inBatch} of ${KILLS} kills between the start and the end of a batch`);
  expect(inBatch).toBeGreaterThanOrEqual(KILLS / 2);
}, 1_200_000);

it('the same finds out a build that does not ask for sync', async () => {
  const random = createRandom(seedFromEnvironment('bare store without sync'));
  const faults: string[] = [];
  for (let kill = 0; kill < 5 && faults.length === 0; kill++) {
    faults.push(...(await faultsAfter(await killOnce(random, 0, 'no-sync'))));
  }
  expect(faults).toEqual([expect.stringMatching(/block \d+ was said to be on disk, the store ends at \d+/)]);
});

/** One life of the process. */
interface Life {
  /** The last block that it said to be on disk; 0 for none. */
  readonly written: number;
  readonly wasInBatch: boolean;
  readonly cuts: readonly string[];
}

/** Lets a process commit blocks until it dies, and cuts the store's log: in turns to what was synced, and to a random size. */
async function killOnce(random: Random, kill: number, mutation?: string): Promise<Life> {
  const when = random.chance(0.8) ? 'batch' : 'between';
  const plan = [when, String(random.int(1, 12)), String(random.int(0, MAX_DELAY_US))];
  const child = spawn(process.execPath, [CHILD, path, genesisHash, String(SLOTS), ...plan], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...testBuild({ ledger, mutation }) },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = await new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  expect(ended).toBe('SIGKILL');
  const lines = output.split('\n').slice(0, -1);
  const written = lines.flatMap((line) => (line.startsWith('written ') ? [Number(line.slice(8))] : []));
  const wasInBatch = lines.lastIndexOf('begin') > lines.lastIndexOf('end');
  const cuts = cutLogs([folder.path], ledger, kill % 2 === 0 ? 'synced' : 'random', random);
  return { written: written.at(-1) ?? 0, wasInBatch, cuts };
}

/** What is wrong with the store after a life: it is opened and verified in full, as `heddle db verify` does. */
async function faultsAfter({ written, cuts }: Life): Promise<string[]> {
  try {
    const store = await openStore(path, { genesisHash });
    try {
      await verifyChain(path, store, () => undefined);
      store.verified();
      const { number } = store.head;
      return number >= written ? [] : [`block ${written} was said to be on disk, the store ends at ${number}`];
    } finally {
      await store.close();
    }
  } catch (error) {
    return [`${error instanceof Error ? error.message : String(error)}\n  ${cuts.join('\n  ')}`];
  }
}
