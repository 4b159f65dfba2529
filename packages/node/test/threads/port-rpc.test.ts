import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { HeddleError } from '@heddle/primitives';
import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionOptions, connectPort, type Handlers, Transferred } from '../../src/threads/port-rpc.ts';

interface Near {
  readonly requests: Record<never, never>;
  readonly notices: { told(text: string): void };
}

interface Far {
  readonly requests: {
    double(value: number): number;
    slowly(value: number): number;
    refuse(value: string): never;
    takeBytes(bytes: Uint8Array): { readonly bytes: Uint8Array };
  };
  readonly notices: { note(text: string): void };
}

const NEAR: Handlers<Near> = { requests: {}, notices: { told: () => undefined } };

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

function connect(options: ConnectionOptions = {}) {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  const notes: string[] = [];
  const waiting: (() => void)[] = [];
  const told: string[] = [];
  const near = connectPort<Near, Far>(port2, {
    requests: {
      double: (value) => value * 2,
      slowly: (value) => new Promise((resolve) => waiting.push(() => resolve(value))),
      refuse: (value) => {
        throw new HeddleError('NOT_SO', `not ${value}`, { remedy: 'ask otherwise' });
      },
      takeBytes: (bytes) => new Transferred({ bytes }, [bytes.buffer as ArrayBuffer]),
    },
    notices: { note: (text) => notes.push(text) },
  });
  const far = connectPort<Far, Near>(port1, { ...NEAR, notices: { told: (text) => told.push(text) } }, options);
  return { near, far, notes, told, waiting, port1, port2 };
}

describe('calls between threads', () => {
  it('are answered by name, each with its own answer, in whatever order those come', async () => {
    const { far, waiting } = connect();
    const slow = [1, 2].map((value) => far.call('slowly', value));
    expect(await far.call('double', 21)).toBe(42);
    expect(far.inFlightCount).toBe(2);
    for (const answer of waiting.reverse()) answer();
    expect(await Promise.all(slow)).toEqual([1, 2]);
    expect(far.inFlightCount).toBe(0);
  });

  it('carry expected errors over with code, message and remedy', async () => {
    const { far } = connect();
    const error = await far.call('refuse', 'blue').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HeddleError);
    expect(error).toMatchObject({ code: 'NOT_SO', message: 'not blue', remedy: 'ask otherwise' });
  });

  it('hand buffers over in both directions instead of copying them', async () => {
    const { far } = connect();
    const bytes = Uint8Array.of(1, 2, 3);
    const answer = await far.call('takeBytes', bytes, { transfer: [bytes.buffer] });
    expect(bytes.length).toBe(0); // it is the other side's now
    expect(answer.bytes).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('end when their time is over, and a late answer harms nobody', async () => {
    const { far, waiting } = connect({ timeoutMs: 2_000 });
    await expect(far.call('slowly', 1)).rejects.toMatchObject({ code: 'THREAD_TIMEOUT' });
    waiting[0]?.();
    expect(await far.call('double', 1)).toBe(2);
    const patient = far.call('slowly', 3, { timeoutMs: 120_000 });
    await far.call('double', 1);
    waiting[1]?.();
    expect(await patient).toBe(3);
  });

  it('are refused when too many wait', async () => {
    const { far, waiting } = connect({ maxInFlight: 2 });
    const slow = [1, 2].map((value) => far.call('slowly', value));
    await expect(far.call('double', 1)).rejects.toMatchObject({ code: 'THREAD_BUSY' });
    await waitFor(() => waiting.length === 2, { what: 'both calls on the other side', everyMs: 1 });
    for (const answer of waiting) answer();
    await Promise.all(slow);
    expect(await far.call('double', 1)).toBe(2);
  });

  it('fail when the channel closes, those that wait and those that come', async () => {
    const { far, near, port1, port2 } = connect();
    const slow = far.call('slowly', 1);
    const closed = once(port1, 'close');
    port2.close();
    await expect(slow).rejects.toMatchObject({ code: 'THREAD_GONE' });
    await closed;
    await expect(far.call('double', 1)).rejects.toMatchObject({ code: 'THREAD_GONE' });
    far.notify('note', 'into the void');
    near.notify('told', 'into the void');
  });
});

describe('a bug on the other side', () => {
  it('ends its thread, and every call that waits for it', async () => {
    const compiled = new URL('../../dist/threads/port-rpc.js', import.meta.url).href;
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       import(${JSON.stringify(compiled)}).then(({ connectPort }) => connectPort(parentPort, {
         requests: {
           double: () => { throw new TypeError('a bug'); },
           slowly: () => new Promise(() => undefined),
         },
         notices: {},
       }));`,
      { eval: true },
    );
    const far = connectPort<Far, Near>(worker, NEAR);
    const died = once(worker, 'error');
    const results = await Promise.allSettled([far.call('slowly', 1), far.call('double', 1)]);
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
      'THREAD_GONE',
      'THREAD_FAULT',
    ]);
    expect(await died).toMatchObject([{ name: 'TypeError', message: 'a bug' }]);
    await expect(far.call('double', 1)).rejects.toMatchObject({ code: 'THREAD_GONE' });
  });
});

describe('notices', () => {
  it('arrive in order, on both sides', async () => {
    const { near, far, notes, told } = connect();
    for (const text of ['a', 'b', 'c']) far.notify('note', text);
    near.notify('told', 'x');
    await far.call('double', 1);
    expect(notes).toEqual(['a', 'b', 'c']);
    expect(told).toEqual(['x']);
  });
});
