import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Database, stateAt, verifyState } from '@heddle/executor';
import { bigIntToBytesOfSize, bytesToBigInt, bytesToHex, decodeHeader, type Hash } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStore, openStore } from '../../src/chain/chain-store.ts';
import { openChainView } from '../../src/chain/chain-view.ts';
import { createTestChain } from './chain-fixture.ts';

const CONTRACT = `0x${'c0'.repeat(20)}` as const;
const SLOTS = 150;
const ROUNDS = 6;

const seed = seedFromEnvironment('chain-crash');
let folder: TemporaryDirectory;
let path: string;
let genesisHash: Hash;

beforeEach(async () => {
  folder = temporaryDirectory('chain-crash');
  path = join(folder.path, 'database');
  const { alloc, blocks } = createTestChain(createRandom(seed));
  const [genesis] = blocks;
  if (!genesis) throw new Error('a chain begins with genesis');
  genesisHash = genesis.head.hash;
  await createStore(path, { alloc, block: () => genesis.block, nextValidators: Uint8Array.of(1) });
});

afterEach(() => {
  folder.remove();
});

/** Everything up to the head is there, which is the last block that was said to be on disk, or the one after it. */
async function expectWhole(acknowledged: number): Promise<number> {
  const store = await openStore(path, { genesisHash });
  const { number, header } = store.head;
  expect(store.wasUnclean).toBe(true);
  expect([acknowledged, acknowledged + 1]).toContain(number);
  expectCounted(store.database, number);
  await verifyState(store.database, { number, stateRoot: decodeHeader(header).stateRoot });
  await store.close();
  return number;
}

describe('a store whose process ends while it writes', () => {
  it('holds every block that was said to be on disk, whole, and goes on from there', async () => {
    const random = createRandom(`${seed}/kills`);
    let head = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { last, ended } = await runChild(head + random.int(1, 25));
      expect(ended).toBe('SIGKILL');
      head = await expectWhole(last);
    }
  });

  it.skipIf(process.platform === 'win32')('says what to do when the disk is full, and loses nothing', async () => {
    const { last, ended, errors } = await runChild(Number.POSITIVE_INFINITY, 'ulimit -f 3000');
    expect(ended).toBe(1);
    expect(errors).toMatch(/STORE_UNWRITABLE/);
    expect(errors).toMatch(/make room on the disk/);
    expect(last).toBeGreaterThan(0);
    await expectWhole(last);
  });
});

/**
 * Lets a process commit blocks until it has said `target`, then kills it. `last` is the last number that it said, `ended`
 * its signal or exit code. `limit` is a command of the shell that starts it.
 */
async function runChild(target: number, limit = ':') {
  const script = fileURLToPath(new URL('crash-child.mjs', import.meta.url));
  const command = `trap '' XFSZ; ${limit}; exec "$@"`;
  const childArguments = [process.execPath, script, path, genesisHash, CONTRACT, String(SLOTS)];
  const child =
    process.platform === 'win32'
      ? spawn(process.execPath, childArguments.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('sh', ['-c', command, 'sh', ...childArguments], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [said, number] = line.split(' ');
    last = Number(number);
    if (said === 'block' && last >= target) child.kill('SIGKILL'); // lines already in the pipe are still read
  }
  return { last, ended: await ended, errors };
}

/** Every block up to `head` is there, and the state after it is the one that the child gave it. */
function expectCounted(database: Database, head: number): void {
  const view = openChainView(database, () => undefined);
  for (let number = 1; number <= head; number++) {
    expect(view.blockByNumber(number)?.block.header.number).toBe(number);
    const state = stateAt(database, number, head);
    expect(state.account(CONTRACT)).toMatchObject({ balance: BigInt(number), slotCount: SLOTS });
    for (const slot of [0, number % SLOTS, SLOTS - 1]) {
      const value = state.slot(CONTRACT, 1, bytesToHex(bigIntToBytesOfSize(BigInt(slot), 32)));
      expect(bytesToBigInt(value)).toBe(BigInt(number));
    }
  }
}
