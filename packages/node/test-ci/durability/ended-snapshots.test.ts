import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createDatabase } from '@heddle/executor';
import { createRandom, seedFromEnvironment, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, expect, test } from 'vitest';
import { cancelThread, createCancelState } from '../../src/threads/cancellation.ts';
import { BALLAST, compactedSize } from './compacted-size.ts';

const ENDED = 30;

const random = createRandom(seedFromEnvironment('ended snapshots'));
const folder = temporaryDirectory('ended-snapshots');
afterAll(() => folder.remove());

// The loop that query threads are never in: each end here hits the call that takes a snapshot, or would.
test('a thread that is ended while it takes a snapshot leaves none', async ({ signal }) => {
  const path = join(folder.path, 'chain');
  const database = await createDatabase(path);
  const fill = () => random.bytes(BALLAST.bytes);
  for (let ended = 0; ended < ENDED; ended++) {
    signal.throwIfAborted();
    const cancelState = createCancelState();
    const worker = new Worker(new URL('./snapshot-loop.mjs', import.meta.url), { workerData: { path, cancelState } });
    await once(worker, 'message');
    const from = performance.now();
    const afterMs = random.int(0, 10);
    await waitFor(() => performance.now() - from >= afterMs, { what: 'the moment', everyMs: 1 });
    await cancelThread(worker, cancelState);
    await database.batch([{ type: 'put', key: BALLAST.key, value: fill() }], { sync: false });
  }
  const size = await compactedSize(path, fill());
  await database.close();
  const sizeWithout = await compactedSize(path, fill()); // no snapshot outlives the last handle
  expect(size).toBeLessThan(sizeWithout + BALLAST.bytes / 2);
});
