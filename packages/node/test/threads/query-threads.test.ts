import { DEFAULT_ENGINE, EMPTY_BYTES, ZERO_ADDRESS } from '@heddle/primitives';
import type { CallRequest } from '@heddle/rpc';
import { assemble, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_QUERY_LIMITS } from '../../src/query/query-limits.ts';
import { createQueryPool, type QueryPool } from '../../src/query/query-pool.ts';
import { createQueryThreads, type QueryThreads } from '../../src/query/query-threads.ts';
import { createTestStore, RULES, type TestStore } from './test-store.ts';

const ANSWERS_7 = `0x${'c1'.repeat(20)}` as const;
const RAISES_TO_POWER = `0x${'c2'.repeat(20)}` as const;
/** A call of MODEXP is asked every 8 bytes of its exponent whether it is still wanted: with such numbers, too late. */
const NUMBER_BYTES = 1 << 20;
const EXPONENT_BYTES = 64;
/** Osaka bounds what MODEXP takes (EIP-7823). */
const rules = { ...RULES, fork: 'prague' } as const;

const folder = temporaryDirectory('query-threads');
let store: TestStore;
let threads: QueryThreads;
let pool: QueryPool;
const deaths: unknown[] = [];

beforeAll(async () => {
  store = await createTestStore(`${folder.path}/chain`, {
    [ANSWERS_7]: assemble(7, 0, 'MSTORE', 32, 0, 'RETURN'),
    [RAISES_TO_POWER]: raisesToPower(),
  });
  const limits = { ...DEFAULT_QUERY_LIMITS, timeMs: 2_000, gasCap: 10 ** 15 };
  threads = createQueryThreads({ databasePath: store.path, rules, engine: DEFAULT_ENGINE, limits }, (error) =>
    deaths.push(error),
  );
  pool = createQueryPool(
    { start: async () => threads.start(), end: (id) => threads.end(id) },
    { ...limits, graceMs: 500, threadCount: 1 },
  );
});

afterAll(async () => {
  pool.close();
  await threads.stop();
  await store.close();
  folder.remove();
});

/** Calls MODEXP (EIP-198): three lengths, then base, exponent and modulus, all 0 but their first and last bytes. */
function raisesToPower(): Uint8Array {
  const sizes = [NUMBER_BYTES, EXPONENT_BYTES, NUMBER_BYTES];
  let end = 96;
  const numbers = sizes.flatMap((size, index) => {
    end += size;
    return [size, 32 * index, 'MSTORE', 255, end - size, 'MSTORE8', 3 + 2 * index, end - 1, 'MSTORE8'] as const;
  });
  return assemble(...numbers, 0, 0, end, 0, 5, 'GAS', 'STATICCALL');
}

function request(to: `0x${string}`): CallRequest {
  return { from: ZERO_ADDRESS, to, gas: undefined, gasPrice: 0n, value: 0n, data: EMPTY_BYTES };
}

describe('query threads', () => {
  it('answer from the store on disk', async () => {
    const outcome = await pool.call(request(ANSWERS_7), 0);
    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(await pool.estimateGas(request(ANSWERS_7), 0)).toMatchObject({ status: 'estimated' });
    expect(threads.figures()).toEqual({ running: 1, started: 1, overdue: 0, died: 0 });
  });

  it('see blocks that were written after they began', async () => {
    const head = await store.addBlock();
    expect(await pool.call(request(ANSWERS_7), head.number)).toMatchObject({ status: 'succeeded' });
  });

  it('are ended and replaced when a query does not stop', async () => {
    expect(await pool.call(request(RAISES_TO_POWER), 0)).toEqual({
      status: 'failed',
      code: -32000,
      message: 'execution aborted (timeout = 2s)',
    });
    expect(threads.figures()).toMatchObject({ running: 0, overdue: 1 });
    expect(await pool.call(request(ANSWERS_7), 0)).toMatchObject({ status: 'succeeded' });
    expect(threads.figures()).toEqual({ running: 1, started: 2, overdue: 1, died: 0 });
    expect(deaths).toEqual([]);
  });

  it('end by themselves, uncounted, when the rpc thread lets go of them', async () => {
    const { port } = threads.start();
    const { running, died } = threads.figures();
    port.close();
    await waitFor(() => threads.figures().running === running - 1, { what: 'its end' });
    expect(threads.figures().died).toBe(died);
    expect(deaths).toEqual([]);
  });

  it('are counted when they die by themselves', async () => {
    const broken = createQueryThreads(
      { databasePath: `${folder.path}/nowhere`, rules: RULES, engine: DEFAULT_ENGINE, limits: DEFAULT_QUERY_LIMITS },
      (error) => deaths.push(error),
    );
    const { port } = broken.start();
    await waitFor(() => deaths.length === 1, { what: 'its death' });
    expect(deaths[0]).toMatchObject({ code: 'STORE_MISSING' });
    expect(broken.figures()).toEqual({ running: 0, started: 1, overdue: 0, died: 1 });
    port.close();
  });
});
