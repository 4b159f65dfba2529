import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { bytesToHex } from '@heddle/primitives';
import { transfer, waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { CallOutcome } from '../src/ports.ts';
import { type RpcUnderTest, startRpc } from './rpc-under-test.ts';

let rpc: RpcUnderTest;
afterEach(() => rpc.close());

const DONE: CallOutcome = { status: 'succeeded', returnData: new Uint8Array(0), gasUsed: 0n };

/** A promise and the way to fulfil it. */
function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe('a WebSocket connection', () => {
  it('answers calls, batches, errors and garbage, and goes on', async () => {
    rpc = await startRpc();
    const socket = await rpc.openWebSocket();
    expect((await socket.call('eth_chainId')).result).toBe('0x7a69');
    socket.send('{garbage');
    await waitFor(() => socket.heard.length === 2, { what: 'the parse error' });
    expect(socket.heard[1]).toEqual({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } });
    socket.socket.send(randomBytes(100)); // binary, no UTF-8
    await waitFor(() => socket.heard.length === 3, { what: 'another parse error' });
    expect(socket.heard[2].error.code).toBe(-32700);
    socket.send('[{"jsonrpc":"2.0","id":"a","method":"net_version"},{"jsonrpc":"2.0","id":"b","method":"no"}]');
    await waitFor(() => socket.heard.length === 4, { what: 'the batch' });
    expect(socket.heard[3].map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
    socket.send('{"jsonrpc":"2.0","method":"eth_chainId"}'); // a notification gets no answer
    expect((await socket.call('eth_chainId')).result).toBe('0x7a69');
    expect(socket.heard).toHaveLength(5);
    socket.close();
  });

  it('is closed with 1009 when a message is too large, and with 1002 when it breaks the protocol', async () => {
    rpc = await startRpc({ limits: { bodySizeBytes: 1_000 } });
    const large = await rpc.openWebSocket();
    large.send(' '.repeat(1_001));
    await waitFor(() => large.closeCode !== undefined, { what: 'the close' });
    expect(large.closeCode).toBe(1009);
    const broken = await rpc.openWebSocket();
    (Reflect.get(broken.socket, '_socket') as Socket).write(Uint8Array.of(0xff, 0xff, 0xff));
    await waitFor(() => broken.closeCode !== undefined, { what: 'the close' });
    expect(broken.closeCode).toBe(1002);
    expect(await rpc.client.call('eth_chainId')).toBe('0x7a69');
  });

  it('does not let a slow call hold up others', async () => {
    rpc = await startRpc();
    const { opened, open } = gate();
    rpc.query.call = async () => {
      await opened;
      return DONE;
    };
    const socket = await rpc.openWebSocket();
    const slow = socket.request('eth_call', {});
    expect((await socket.call('eth_blockNumber')).result).toBe('0x0');
    expect(socket.heard.some(({ id }) => id === slow)).toBe(false);
    open();
    await waitFor(() => socket.heard.some(({ id }) => id === slow), { what: 'the slow answer' });
    socket.close();
  });

  it('never answers from an older view after a newer one', async () => {
    rpc = await startRpc();
    const { opened, open } = gate();
    rpc.query.call = async () => {
      await opened;
      return DONE;
    };
    const socket = await rpc.openWebSocket();
    const old = socket.request('eth_call', {});
    await socket.call('eth_chainId'); // saw no view: it does not wait, and the call has begun by then
    rpc.chain.add();
    const newer = socket.request('eth_blockNumber');
    await socket.call('eth_chainId');
    expect(
      socket.heard.some(({ id }) => id === newer),
      'the newer answer waits for the older one',
    ).toBe(false);
    open();
    await waitFor(() => socket.heard.some(({ id }) => id === newer), { what: 'the newer answer' });
    const ids = socket.heard.map(({ id }) => id);
    expect(ids.indexOf(old)).toBeLessThan(ids.indexOf(newer));
    expect(socket.heard.find(({ id }) => id === newer).result).toBe('0x1');
    socket.close();
  });

  it('waits for a transaction without holding up newer answers', async () => {
    rpc = await startRpc();
    const socket = await rpc.openWebSocket();
    const sent = transfer(rpc.account(0), rpc.account(1), 1n);
    const waiting = socket.request('eth_sendRawTransactionSync', bytesToHex(sent.raw));
    await waitFor(() => rpc.pool.transaction(sent.hash), { what: 'the transaction in the pool' });
    await socket.call('eth_chainId');
    expect(rpc.chain.openViewCount, 'a view is held during the wait').toBe(0);
    rpc.chain.add();
    expect((await socket.call('eth_blockNumber')).result).toBe('0x1');
    rpc.pool.mine();
    await waitFor(() => socket.heard.some(({ id }) => id === waiting), { what: 'the receipt' });
    expect(socket.heard.find(({ id }) => id === waiting).result.blockNumber).toBe('0x2');
    socket.close();
  });

  it('leaves requests beyond its limit unread until others are answered', async () => {
    rpc = await startRpc({ limits: { requestsPerConnection: 4 } });
    const { opened, open } = gate();
    let begun = 0;
    rpc.query.call = async () => {
      begun++;
      await opened;
      return DONE;
    };
    const socket = await rpc.openWebSocket();
    const ids = Array.from({ length: 40 }, () => socket.request('eth_call', {}));
    await waitFor(() => begun >= 4, { what: 'the first calls' });
    const other = await rpc.openWebSocket();
    await other.call('eth_chainId'); // a turn for the server in which it could have read more
    expect(begun).toBeLessThan(40);
    open();
    await waitFor(() => socket.heard.length === 40, { what: 'all answers' });
    expect(socket.heard.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ids);
    socket.close();
    other.close();
  });

  it('is dropped when it lets its answers pile up', async () => {
    rpc = await startRpc({ limits: { bufferedBytesPerConnection: 100_000 } });
    const socket = await rpc.openWebSocket();
    await socket.call('eth_subscribe', 'newHeads');
    socket.socket.pause();
    const dropped = () => rpc.logged.includes('info: websocket connection dropped');
    for (let count = 0; count < 200_000 && !dropped(); count++) {
      rpc.chain.add();
      if (count % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(dropped()).toBe(true);
    socket.socket.resume();
    await waitFor(() => socket.closeCode !== undefined, { what: 'the end of the connection' });
    const metrics = await (await fetch(`${rpc.client.url}/metrics`)).text();
    expect(metrics).toContain('heddle_rpc_dropped_connections_total{reason="backlog"} 1\n');
    expect(metrics).toContain('heddle_rpc_subscriptions 0\n');
  });

  it('is dropped when it does not answer pings', async () => {
    rpc = await startRpc({ limits: { pingIntervalMs: 1_000 } });
    const dead = await rpc.openWebSocket();
    dead.socket.pause();
    const alive = await rpc.openWebSocket();
    await waitFor(() => rpc.logged.includes('info: websocket connection dropped'), { what: 'the drop' });
    dead.socket.resume();
    await waitFor(() => dead.closeCode !== undefined, { what: 'the end of the dead connection' });
    expect((await alive.call('eth_chainId')).result).toBe('0x7a69');
    alive.close();
  });
});

describe('subscriptions', () => {
  it('say their id before the first head, even when a head comes while the answer waits', async () => {
    rpc = await startRpc();
    const { opened, open } = gate();
    rpc.query.call = async () => {
      await opened;
      return DONE;
    };
    const socket = await rpc.openWebSocket();
    socket.request('eth_call', {}); // holds view 0
    await socket.call('eth_chainId');
    rpc.chain.add();
    // A batch whose answer waits, since it has seen block 1: the subscription in it runs already.
    const batch = [
      { jsonrpc: '2.0', id: 'head', method: 'eth_blockNumber' },
      { jsonrpc: '2.0', id: 'subscription', method: 'eth_subscribe', params: ['newHeads'] },
    ];
    socket.send(JSON.stringify(batch));
    await socket.call('eth_chainId');
    rpc.chain.add();
    rpc.chain.add();
    open();
    const isBatch = (heard: unknown) => Array.isArray(heard);
    const answers = await waitFor(() => socket.heard.find(isBatch), { what: 'the batch' });
    const id = answers[1].result;
    await waitFor(() => socket.notifications(id).length === 2, { what: 'two heads' });
    expect(answers[0].result).toBe('0x1');
    expect(socket.notifications(id).map(({ number }) => number)).toEqual(['0x2', '0x3']);
    const order = socket.heard.map((heard) => (isBatch(heard) ? 'batch' : (heard.method ?? 'answer')));
    expect(order.indexOf('batch')).toBeLessThan(order.indexOf('eth_subscription'));
    socket.close();
  });

  it('are limited for each connection', async () => {
    rpc = await startRpc({ limits: { subscriptionsPerConnection: 2 } });
    const socket = await rpc.openWebSocket();
    for (let count = 0; count < 2; count++)
      expect((await socket.call('eth_subscribe', 'logs', {})).result).toMatch(/^0x/);
    expect((await socket.call('eth_subscribe', 'newHeads')).error).toEqual({
      code: -32005,
      message: 'too many subscriptions on this connection (max 2)',
    });
    const other = await rpc.openWebSocket();
    expect((await other.call('eth_subscribe', 'newHeads')).result).toMatch(/^0x/);
    socket.close();
    other.close();
  });

  it('end with their connection, and belong to it alone', async () => {
    rpc = await startRpc();
    const socket = await rpc.openWebSocket();
    const { result: id } = await socket.call('eth_subscribe', 'newHeads');
    const other = await rpc.openWebSocket();
    expect((await other.call('eth_unsubscribe', id)).error.message).toBe('subscription not found');
    socket.close();
    const gauge = async () =>
      (await (await fetch(`${rpc.client.url}/metrics`)).text()).match(/heddle_rpc_subscriptions (\d+)/)?.[1];
    await waitFor(async () => (await gauge()) === '0', { what: 'the end of the subscription' });
    rpc.chain.add();
    other.close();
  });
});
