import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Database, genesisOperations, stateAt } from '@heddle/executor';
import { bigIntToBytesOfSize, bytesToBigInt, bytesToHex } from '@heddle/primitives';
import { createRandom, seedFromEnvironment, temporaryDirectory } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import { createStore, openStore } from '../../src/chain/chain-store.ts';
import { openChainView } from '../../src/chain/chain-view.ts';
import { createTestChain } from './chain-fixture.ts';

const CONTRACT = `0x${'c0'.repeat(20)}` as const;
const SLOTS = 150;
const ROUNDS = 6;

describe('a store whose process is killed', () => {
  it('holds every block that was said to be on disk, whole, and goes on from there', async () => {
    const random = createRandom(seedFromEnvironment('chain-crash'));
    const folder = temporaryDirectory('chain-crash');
    const path = join(folder.path, 'database');
    const { alloc, blocks } = createTestChain(random);
    const [genesis] = blocks;
    if (!genesis) throw new Error('a chain begins with genesis');
    const nextValidators = Uint8Array.of(1);
    await createStore(path, {
      block: genesis.block,
      stateOperations: genesisOperations(alloc).operations,
      nextValidators,
    });
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged = await runUntil(path, genesis.head.hash, acknowledged + random.int(1, 25));
      const store = await openStore(path, { genesisHash: genesis.head.hash });
      expect(store.wasUnclean).toBe(true);
      expect([acknowledged, acknowledged + 1]).toContain(store.head.number);
      expectCounted(store.database, store.head.number);
      acknowledged = store.head.number;
      await store.close();
    }
    folder.remove();
  }, 60_000);
});

/** Lets a process commit blocks until it has said `target`, kills it, and returns the last number it said. */
async function runUntil(path: string, genesisHash: string, target: number): Promise<number> {
  const script = fileURLToPath(new URL('crash-child.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, path, genesisHash, CONTRACT, String(SLOTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('open ')) continue;
    last = Number(line);
    if (last >= target) child.kill('SIGKILL'); // lines already in the pipe are still read
  }
  expect(await ended).toBe('SIGKILL');
  return last;
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
