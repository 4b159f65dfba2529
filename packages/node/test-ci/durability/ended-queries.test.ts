import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ENGINE, EMPTY_BYTES, ZERO_ADDRESS } from '@heddle/primitives';
import type { CallRequest } from '@heddle/rpc';
import { assemble, createRandom, seedFromEnvironment, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, expect, test } from 'vitest';
import { DEFAULT_QUERY_LIMITS } from '../../src/query/query-limits.ts';
import { createQueryThreads } from '../../src/query/query-threads.ts';
import type { QueryForRpc, RpcForQuery } from '../../src/query/rpc-boundary.ts';
import { connectPort } from '../../src/threads/port-rpc.ts';
import { createTestStore, RULES, type TestStore } from '../../test/threads/test-store.ts';
import { BALLAST, compactedSize } from './compacted-size.ts';

const ENDED = process.env.HEDDLE_SUITE === 'nightly' ? 1_000 : 30;
/** Ended before memory is first measured: what the process loads once is loaded then. */
const WARM = ENDED / 5;
/** Threads at a time. */
const BESIDE = 2;
const ANSWERS_7 = `0x${'c1'.repeat(20)}` as const;
const HASHES_FOR_LONG = `0x${'c2'.repeat(20)}` as const;
const BALLAST_EVERY_BLOCKS = 5;
/** A call ends by neither time nor gas before its thread is ended: its hashes take seconds on any machine. */
const [CALL_MS, CALL_GAS, HASHES] = [600_000, 2_000_000_000, 5_000];

const random = createRandom(seedFromEnvironment('ended queries'));
const folder = temporaryDirectory('ended-queries');
afterAll(() => folder.remove());

const request = (to: `0x${string}`): CallRequest => {
  return { from: ZERO_ADDRESS, to, gas: undefined, gasPrice: 0n, value: 0n, data: EMPTY_BYTES };
};

/** What this process has open in `path`. */
function openFilesIn(path: string): string[] {
  const links = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(join('/proc/self/fd', descriptor));
    } catch {
      return ''; // the one of this very listing
    }
  });
  return links.filter((link) => link.startsWith(path));
}

/** Writes block after block until `act` is over, however it ends. */
async function whileWriting<T>(store: TestStore, act: () => Promise<T>): Promise<T> {
  let isOver = false;
  const write = async (): Promise<void> => {
    while (!isOver) {
      await store.addBlock();
      if (store.head().number % BALLAST_EVERY_BLOCKS === 0) {
        const value = random.bytes(BALLAST.bytes);
        await store.database.batch([{ type: 'put', key: BALLAST.key, value }], { sync: true });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const writing = write();
  try {
    return await act();
  } finally {
    isOver = true;
    await writing;
  }
}

test.runIf(process.platform === 'linux')(
  'query threads that are ended in the middle of calls while blocks are written leave nothing behind',
  async ({ signal, onTestFinished }) => {
    const path = join(folder.path, 'chain');
    const hashes = Array.from({ length: HASHES }, () => assemble(1_000_000, 0, 'KECCAK256', 'POP'));
    const store = await createTestStore(path, {
      [ANSWERS_7]: assemble(7, 0, 'MSTORE', 32, 0, 'RETURN'),
      [HASHES_FOR_LONG]: new Uint8Array(Buffer.concat(hashes)),
    });
    const limits = { ...DEFAULT_QUERY_LIMITS, timeMs: CALL_MS, gasCap: CALL_GAS };
    const deaths: unknown[] = [];
    const threads = createQueryThreads({ databasePath: path, rules: RULES, engine: DEFAULT_ENGINE, limits }, (error) =>
      deaths.push(error),
    );
    onTestFinished(() => threads.stop());
    const begin = async () => {
      const { id, port } = threads.start();
      const remote = connectPort<QueryForRpc, RpcForQuery>(port, { requests: {}, notices: {} });
      await remote.call('ready', undefined, { timeoutMs: 120_000 });
      return { id, port, remote };
    };
    let ended = 0;
    const endOne = async (): Promise<void> => {
      const { id, port, remote } = await begin();
      const { number } = store.head();
      const answer = remote
        .call('call', { request: request(HASHES_FOR_LONG), blockNumber: number })
        .catch((error) => error);
      const from = performance.now();
      const afterMs = random.int(0, 60);
      await waitFor(() => performance.now() - from >= afterMs, { what: 'the moment', everyMs: 1 });
      threads.end(id);
      expect(await answer).toMatchObject({ code: 'THREAD_GONE' });
      port.close();
      ended++;
    };
    const endUpTo = (count: number) => {
      const lane = async (): Promise<void> => {
        for (; ended + BESIDE <= count; signal.throwIfAborted()) await endOne();
      };
      return Promise.all(Array.from({ length: BESIDE }, lane));
    };
    const before = await whileWriting(store, async () => {
      await endUpTo(WARM);
      const warm = { memory: process.memoryUsage().rss, files: openFilesIn(path).length };
      await endUpTo(ENDED);
      return warm;
    });
    const { remote, port } = await begin();
    const { number } = store.head();
    const seven = { status: 'succeeded', returnData: Uint8Array.from(Buffer.from('07'.padStart(64, '0'), 'hex')) };
    expect(await remote.call('call', { request: request(ANSWERS_7), blockNumber: number })).toMatchObject(seven);
    port.close();
    await waitFor(() => threads.figures().running === 0, { what: 'the last to end' });
    expect(deaths).toEqual([]);
    // LevelDB opens tables as it needs them, whoever asks.
    expect(openFilesIn(path).length).toBeLessThan(before.files + ended - WARM);
    const memory = process.memoryUsage().rss;
    console.log(`${ended} ended, ${number} blocks, resident ${before.memory >> 20} then ${memory >> 20} MiB`);
    const size = await compactedSize(path, random.bytes(BALLAST.bytes));
    await store.close();
    expect(openFilesIn(path), 'a handle of an ended thread is closed with it').toEqual([]);
    const sizeWithout = await compactedSize(path, random.bytes(BALLAST.bytes)); // no snapshot outlives the last handle
    expect(size, 'no snapshot of an ended thread keeps old versions').toBeLessThan(sizeWithout + 8 * BALLAST.bytes);
    expect(memory).toBeLessThan(before.memory * 1.2 + (32 << 20));
  },
  3_600_000,
);
