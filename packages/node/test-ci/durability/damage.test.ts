import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Database } from '@heddle/executor';
import { type Hash, HeddleError } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, temporaryDirectory, transfer } from '@heddle/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBlockHash } from '../../src/chain/block-records.ts';
import { openStore } from '../../src/chain/chain-store.ts';
import { ALICE, build, commitJob, openService } from '../../test/execution/execution-fixture.ts';

const IS_NIGHTLY = process.env.HEDDLE_SUITE === 'nightly';
const BLOCKS = 40;
/** Of each kind of damage, at places spread over the file. */
const PLACES = IS_NIGHTLY ? 100 : 6;
const random = createRandom(seedFromEnvironment('damage'));
const folder = temporaryDirectory('damage');
const sound = join(folder.path, 'sound');
const killed = join(folder.path, 'killed');
const COPY = join(folder.path, 'copy');
const PATH = join(COPY, 'database');
/** A hash of all entries of the store at each height of its last life. */
const contents = new Map<number, string>();
let genesisHash: Hash;
let head = 0;

beforeAll(async () => {
  const path = join(sound, 'database');
  for (let life = 0; life < 3; life++) {
    const on = await openService(path);
    contents.set(head, await contentOf(on.database));
    for (let round = 0; round < BLOCKS / (life + 1); round++) {
      const nonce = BigInt(head);
      const transaction = transfer(ALICE, `0x${(head + 1).toString(16).padStart(40, '7')}`, 1n, { nonce });
      await on.service.commit(commitJob(await build(on, { transactions: [transaction] }), on));
      head = on.service.head.number;
      if (life === 2) contents.set(head, await contentOf(on.database));
    }
    genesisHash = readBlockHash(on.database, 0) ?? '0x';
    if (life === 2) cpSync(sound, killed, { recursive: true }); // as a kill would leave it
    await on.close();
  }
});

afterAll(() => folder.remove());

async function contentOf(database: Database): Promise<string> {
  const hash = createHash('sha256');
  const range = { from: new Uint8Array(0), to: new Uint8Array(64).fill(255) };
  for await (const entries of database.iterate(range)) {
    for (const [key, value] of entries) hash.update(`${key.length} ${value.length}`).update(key).update(value);
  }
  return hash.digest('hex');
}

/** Makes a copy of the store as it was closed or as a kill would have left it; gives its files of one kind. */
function copyOf(state: 'closed' | 'killed', pattern: RegExp): string[] {
  rmSync(COPY, { recursive: true, force: true });
  cpSync(state === 'closed' ? sound : killed, COPY, { recursive: true });
  const names = readdirSync(PATH).filter((name) => pattern.test(name));
  return names.map((name) => join(PATH, name));
}

/** What opening a damaged store gives: a height with all entries right or not, or the line that refuses it. */
interface Outcome {
  readonly height?: number;
  readonly isRight?: boolean;
  readonly refusal?: string;
}

async function openDamaged(path: string): Promise<Outcome> {
  try {
    const store = await openStore(path, { genesisHash });
    const found = await contentOf(store.database).finally(() => store.close());
    return { height: store.head.number, isRight: found === contents.get(store.head.number) };
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return { refusal: `${error.code}: ${error.message}; ${error.remedy}` };
  }
}

/** What is wrong with it: a wrong value, a refusal that says nothing, blocks lost that need not be. */
function faultOf({ height, isRight, refusal }: Outcome, mayLoseBlocks: boolean): string | undefined {
  if (refusal !== undefined)
    return /^(STORE|STATE)_[A-Z_]+: .*; .*(remove|--reset)/.test(refusal) ? undefined : refusal;
  if (!isRight) return `it opens at ${height} with wrong entries`;
  return height === head || mayLoseBlocks ? undefined : `it opens at ${height}`;
}

const sizeOf = (file: string) => (existsSync(file) ? readFileSync(file).length : 0);

/** Places spread over a file, and its first and last bytes. */
function placesIn(file: string): number[] {
  const size = sizeOf(file);
  const spread = Array.from({ length: PLACES }, (_, region) =>
    random.int(Math.floor((size * region) / PLACES), Math.max(0, Math.floor((size * (region + 1)) / PLACES) - 1)),
  );
  return size === 0 ? [] : [0, ...spread, size - 1];
}

function flip(file: string, place: number): void {
  const bytes = readFileSync(file);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << random.int(0, 7));
  writeFileSync(file, bytes);
}

/** Each kind of damage: the files that it hits, and how it hits one at a place. */
const DAMAGES: readonly { name: string; files: RegExp; hit(file: string, place: number): void }[] = [
  { name: 'a torn MANIFEST', files: /^MANIFEST/, hit: (file, place) => truncateSync(file, place) },
  { name: 'a flipped bit in MANIFEST', files: /^MANIFEST/, hit: flip },
  { name: 'a deleted CURRENT', files: /^CURRENT$/, hit: (file) => unlinkSync(file) },
  { name: 'a flipped bit in CURRENT', files: /^CURRENT$/, hit: flip },
  { name: 'a flipped bit in a log', files: /\.log$/, hit: flip },
  { name: 'a torn log', files: /\.log$/, hit: (file, place) => truncateSync(file, place) },
  {
    name: '4 KiB of zeros in a log',
    files: /\.log$/,
    hit(file, place) {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0, place, Math.min(bytes.length, place + 4_096)));
    },
  },
  {
    name: 'garbage at the end of a log',
    files: /\.log$/,
    hit: (file) => appendFileSync(file, random.bytes(random.int(1, 5_000))),
  },
  { name: 'a flipped bit in a table', files: /\.ldb$/, hit: flip },
  { name: 'a torn table', files: /\.ldb$/, hit: (file, place) => truncateSync(file, place) },
  { name: 'a deleted table', files: /\.ldb$/, hit: (file) => unlinkSync(file) },
];

test.each(DAMAGES)('$name is refused with a clear line, or repaired without a wrong value', async ({ files, hit }) => {
  const faults: string[] = [];
  for (const state of ['closed', 'killed'] as const) {
    for (const file of copyOf(state, files)) {
      for (const place of placesIn(file)) {
        copyOf(state, files);
        hit(file, place);
        // As after a power cut, the end of a log may be missing: whoever wrote it was not told that it is on disk.
        const mayLoseBlocks = file.endsWith('.log') && state === 'killed';
        const [first, second] = [await openDamaged(PATH), await openDamaged(PATH)];
        const fault = faultOf(first, mayLoseBlocks) ?? faultOf(second, mayLoseBlocks);
        if (fault) faults.push(`${state}, ${basename(file)} at ${place} of ${sizeOf(file)}: ${fault}`);
        if (first.height !== second.height) faults.push(`${first.refusal ?? first.height} became ${second.height}`);
      }
    }
  }
  expect(faults).toEqual([]);
});
