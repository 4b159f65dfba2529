import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { EMPTY_BYTES, HeddleError, ZERO_ADDRESS } from '@heddle/primitives';
import type { CallOutcome, CallRequest } from '@heddle/rpc';
import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_QUERY_LIMITS } from '../../src/query/query-limits.ts';
import { createQueryPool, type QueryPool, type QueryPoolLimits } from '../../src/query/query-pool.ts';
import type { Query, QueryForRpc, RpcForQuery } from '../../src/query/rpc-boundary.ts';
import { connectPort } from '../../src/threads/port-rpc.ts';

const REQUEST: CallRequest = {
  from: ZERO_ADDRESS,
  to: undefined,
  gas: undefined,
  gasPrice: 0n,
  value: 0n,
  data: EMPTY_BYTES,
};

/** Threads that exist as ports only: each query waits until the test answers it. */
class FakeThreads {
  readonly asked: {
    readonly thread: number;
    readonly query: Query;
    readonly answer: (outcome: CallOutcome) => void;
  }[] = [];
  readonly ended: number[] = [];
  /** The threads' ends of the channels, and the pool's. */
  readonly ports: MessagePort[] = [];
  readonly given: MessagePort[] = [];
  startedCount = 0;
  isReady: () => void = () => undefined;

  start() {
    const thread = ++this.startedCount;
    const { port1, port2 } = new MessageChannel();
    this.ports.push(port1);
    this.given.push(port2);
    const call = (query: Query) =>
      new Promise<CallOutcome>((answer) => {
        this.asked.push({ thread, query, answer });
      });
    connectPort<RpcForQuery, QueryForRpc>(port1, {
      requests: {
        ready: () => this.isReady(),
        call,
        estimateGas: async (query) => {
          const outcome = await call(query);
          return outcome.status === 'succeeded' ? { status: 'estimated', gas: outcome.gasUsed } : outcome;
        },
        proof: () => new Promise(() => undefined),
      },
      notices: {},
    });
    return Promise.resolve({ id: thread, port: port2 });
  }

  end(id: number) {
    this.ended.push(id);
  }

  close() {
    for (const port of this.ports) port.close();
  }
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const item of open.splice(0)) item.close();
});

function create(limits: Partial<QueryPoolLimits> = {}): { threads: FakeThreads; pool: QueryPool } {
  const threads = new FakeThreads();
  const pool = createQueryPool(threads, { ...DEFAULT_QUERY_LIMITS, ...limits });
  open.push(pool, threads);
  return { threads, pool };
}

function succeeded(gasUsed: bigint): CallOutcome {
  return { status: 'succeeded', returnData: EMPTY_BYTES, gasUsed };
}

describe('the query pool', () => {
  it('says that a state is out of reach when its proof takes too long', async () => {
    const { threads, pool } = create({ timeMs: 20, graceMs: 10 });
    const proof = pool.proof(ZERO_ADDRESS, [], 7);
    await expect(proof).rejects.toMatchObject({ code: 'STATE_OUT_OF_REACH' });
    expect(threads.ended).toEqual([1]);
  });

  it('starts no thread before the first query, and then uses it again', async () => {
    const { threads, pool } = create();
    expect(threads.startedCount).toBe(0);
    for (const number of [1, 2, 3]) {
      const outcome = pool.call(REQUEST, number);
      await waitFor(() => threads.asked.length === number, { what: 'the query' });
      threads.asked[number - 1]?.answer(succeeded(BigInt(number)));
      expect(await outcome).toEqual(succeeded(BigInt(number)));
    }
    expect(threads.asked.map(({ query }) => query.blockNumber)).toEqual([1, 2, 3]);
    expect(threads.startedCount).toBe(1);
    const estimate = pool.estimateGas(REQUEST, 4);
    await waitFor(() => threads.asked.length === 4, { what: 'the estimate' });
    threads.asked[3]?.answer(succeeded(9n));
    expect(await estimate).toEqual({ status: 'estimated', gas: 9n });
  });

  it('starts one thread before the first query where that is likely to come', async () => {
    const { threads, pool } = create();
    let readyCount = 0;
    threads.isReady = () => {
      readyCount++;
    };
    for (let times = 0; times < 3; times++) pool.prepare();
    await waitFor(() => readyCount === 1, { what: 'the thread' });
    pool.prepare();
    const outcome = pool.call(REQUEST, 1);
    await waitFor(() => threads.asked.length === 1, { what: 'the query' });
    threads.asked[0]?.answer(succeeded(1n));
    expect(await outcome).toEqual(succeeded(1n));
    expect(threads.startedCount).toBe(1);
    pool.close();
    pool.prepare();
    expect(threads.startedCount).toBe(1);
  });

  it('starts a second one when a query waits for long, and no third', async () => {
    const { threads, pool } = create({ patienceMs: 20 });
    const outcomes = [1, 2, 3].map((number) => pool.call(REQUEST, number));
    await waitFor(() => threads.asked.length === 2, { what: 'both threads at work' });
    expect(threads.asked.map(({ thread }) => thread)).toEqual([1, 2]);
    await waitFor(() => pool.waitingCount === 1, { what: 'the third in the queue' });
    threads.asked[1]?.answer(succeeded(2n));
    await waitFor(() => threads.asked.length === 3, { what: 'the third at work' });
    expect(threads.asked[2]?.thread).toBe(2);
    for (const index of [0, 2]) threads.asked[index]?.answer(succeeded(BigInt(index + 1)));
    expect(await Promise.all(outcomes)).toEqual([1n, 2n, 3n].map(succeeded));
    expect(threads.startedCount).toBe(2);
  });

  it('answers for a thread that says nothing, has it ended, and starts another for the next query', async () => {
    const { threads, pool } = create({ timeMs: 1_000, graceMs: 500 });
    expect(await pool.call(REQUEST, 1)).toEqual({
      status: 'failed',
      code: -32000,
      message: 'execution aborted (timeout = 1s)',
    });
    expect(threads.ended).toEqual([1]);
    const next = pool.call(REQUEST, 2);
    await waitFor(() => threads.asked.length === 2, { what: 'the next query' });
    threads.asked[1]?.answer(succeeded(2n));
    expect(await next).toEqual(succeeded(2n));
    expect(threads.startedCount).toBe(2);
  });

  it('tells the caller when the thread died under its query, and goes on with another', async () => {
    const { threads, pool } = create();
    const lost = pool.call(REQUEST, 1);
    await waitFor(() => threads.asked.length === 1, { what: 'the query' });
    threads.ports[0]?.close();
    await expect(lost).rejects.toMatchObject({ code: 'THREAD_GONE' });
    const next = pool.call(REQUEST, 2);
    await waitFor(() => threads.asked.length === 2, { what: 'the next query' });
    threads.asked[1]?.answer(succeeded(2n));
    expect(await next).toEqual(succeeded(2n));
    expect(threads.ended).toEqual([]); // nothing to end
  });

  it('does not hand a query to a thread that died while it was idle', async () => {
    const { threads, pool } = create();
    const first = pool.call(REQUEST, 1);
    await waitFor(() => threads.asked.length === 1, { what: 'the query' });
    threads.asked[0]?.answer(succeeded(1n));
    await first;
    const heard = threads.given[0] && once(threads.given[0], 'close');
    threads.ports[0]?.close();
    await heard;
    const next = pool.call(REQUEST, 2);
    await waitFor(() => threads.asked.length === 2, { what: 'the next query' });
    threads.asked[1]?.answer(succeeded(2n));
    expect(await next).toEqual(succeeded(2n));
  });

  it('refuses what it cannot hold, and what has waited too long', async () => {
    const { threads, pool } = create({ waitingCount: 2, waitingMs: 1_000, patienceMs: 10, threadCount: 1 });
    const first = pool.call(REQUEST, 1);
    await waitFor(() => threads.asked.length === 1, { what: 'the first at work' });
    const waiting = [2, 3].map((number) => pool.call(REQUEST, number));
    await expect(pool.call(REQUEST, 4)).rejects.toMatchObject({ code: 'THREAD_BUSY' });
    for (const late of waiting) await expect(late).rejects.toMatchObject({ code: 'THREAD_TIMEOUT' });
    threads.asked[0]?.answer(succeeded(1n));
    expect(await first).toEqual(succeeded(1n));
  });

  it('passes a failure on to every waiting caller when no thread comes up', async () => {
    const { threads, pool } = create();
    threads.isReady = () => {
      throw new HeddleError('STORE_MISSING', 'no store');
    };
    const outcomes = [1, 2].map((number) => pool.call(REQUEST, number));
    for (const outcome of outcomes) await expect(outcome).rejects.toMatchObject({ code: 'STORE_MISSING' });
    expect(threads.ended).toEqual([1]);
    threads.isReady = () => undefined;
    const next = pool.call(REQUEST, 3);
    await waitFor(() => threads.asked.length === 1, { what: 'the query' });
    threads.asked[0]?.answer(succeeded(3n));
    expect(await next).toEqual(succeeded(3n));
  });

  it('lets a thread go that has had nothing to do for long, and starts another when there is work again', async () => {
    const { threads, pool } = create({ idleMs: 30 });
    const ask = async (number: number) => {
      const outcome = pool.call(REQUEST, number);
      await waitFor(() => threads.asked.length === number, { what: 'the query' });
      threads.asked[number - 1]?.answer(succeeded(1n));
      return outcome;
    };
    await ask(1);
    const gone = threads.ports[0] && once(threads.ports[0], 'close');
    await gone;
    expect(await ask(2)).toEqual(succeeded(1n));
    expect(threads.startedCount).toBe(2);
    expect(threads.ended).toEqual([]); // it ends by itself
  });

  it('refuses everything once it is closed', async () => {
    const { threads, pool } = create({ threadCount: 1 });
    const first = pool.call(REQUEST, 1);
    await waitFor(() => threads.asked.length === 1, { what: 'the first at work' });
    const second = pool.call(REQUEST, 2);
    pool.close();
    for (const result of await Promise.allSettled([first, second])) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'THREAD_GONE' } });
    }
    await expect(pool.call(REQUEST, 3)).rejects.toMatchObject({ code: 'THREAD_GONE' });
  });
});
