import { connect, type Socket } from 'node:net';
import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type RpcUnderTest, startRpc } from './rpc-under-test.ts';

let rpc: RpcUnderTest;
afterEach(() => rpc.close());

/** A connection of which a test decides what is sent and what is read. */
interface RawClient {
  readonly socket: Socket;
  readonly heard: string;
  readonly heardBytes: number;
  readonly isClosed: boolean;
}

async function openRaw(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  let heardBytes = 0;
  let isClosed = false;
  socket.on('data', (data) => {
    heardBytes += data.length;
    if (heard.length < 10_000) heard += data.toString('latin1');
  });
  socket.on('error', () => undefined); // a reset is one way to be cut
  socket.on('close', () => {
    isClosed = true;
  });
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    socket,
    get heard() {
      return heard;
    },
    get heardBytes() {
      return heardBytes;
    },
    get isClosed() {
      return isClosed;
    },
  };
}

const HEAD = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n';
const request = (body: string) => `${HEAD}content-length: ${body.length}\r\n\r\n${body}`;
const CHAIN_ID = request('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}');

/** More than the system keeps for a connection that does not read. */
const LARGE_BYTES = 10 * 1_024 * 1_024;
const CALL = request('{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}]}');

/** Open connections by the server's own figures, the one that asks included. */
async function connections(): Promise<number> {
  const answer = await fetch(`${rpc.client.url}/metrics`, { headers: { connection: 'close' } });
  return Number(/heddle_rpc_connections (\d+)/.exec(await answer.text())?.[1]);
}

describe('a client', () => {
  it('that is slow to send its headers, or its body, is cut with 408', async () => {
    rpc = await startRpc({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 } });
    const headers = await openRaw(rpc.server.port);
    headers.socket.write(HEAD);
    const body = await openRaw(rpc.server.port);
    body.socket.write(CHAIN_ID.slice(0, -5));
    await waitFor(() => headers.isClosed && body.isClosed, { what: 'both to be cut' });
    for (const { heard } of [headers, body]) expect(heard).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that drips byte after byte gains no time by it', async () => {
    rpc = await startRpc({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 } });
    const client = await openRaw(rpc.server.port);
    client.socket.write(`${HEAD}x-long: `);
    await waitFor(() => client.isClosed || !client.socket.write('x'), { what: 'the cut', everyMs: 20 });
    expect(client.heard).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that rests between requests is closed after the idle time', async () => {
    rpc = await startRpc({ limits: { keepAliveTimeoutMs: 200 } });
    const client = await openRaw(rpc.server.port);
    client.socket.write(CHAIN_ID);
    await waitFor(() => client.heard.includes('0x7a69'), { what: 'the answer' });
    expect(client.isClosed).toBe(false);
    await waitFor(() => client.isClosed, { what: 'the end of the connection' });
  });

  it('that takes nothing of a large answer is cut', async () => {
    rpc = await startRpc({ limits: { writeTimeoutMs: 400 } });
    let calls = 0;
    rpc.query.call = () => {
      calls++;
      return { status: 'succeeded', returnData: new Uint8Array(LARGE_BYTES), gasUsed: 0n };
    };
    const client = await openRaw(rpc.server.port);
    client.socket.pause();
    client.socket.write(CALL);
    await waitFor(() => calls > 0, { what: 'the call' });
    await waitFor(async () => (await connections()) === 1, { what: 'the cut' });
    client.socket.destroy();
  });

  it('that takes a large answer slowly is not cut', async () => {
    rpc = await startRpc({ limits: { writeTimeoutMs: 5_000 } });
    rpc.query.call = () => ({ status: 'succeeded', returnData: new Uint8Array(LARGE_BYTES), gasUsed: 0n });
    const client = await openRaw(rpc.server.port);
    client.socket.write(CALL);
    const end = performance.now() + 7_000;
    // One chunk at a time, with rests shorter than the time but longer than it together; then the rest.
    client.socket.on('data', () => performance.now() < end && client.socket.pause());
    await waitFor(
      () => {
        client.socket.resume();
        return client.isClosed || client.heardBytes > 2 * LARGE_BYTES;
      },
      { what: 'the whole answer', everyMs: 100 },
    );
    expect(client.isClosed).toBe(false);
    client.socket.destroy();
  });

  it('with a WebSocket gets an answer that is larger than what it may leave unread', async () => {
    rpc = await startRpc({ limits: { bufferedBytesPerConnection: 100_000 } });
    rpc.query.call = () => ({ status: 'succeeded', returnData: new Uint8Array(3_000_000), gasUsed: 0n });
    const socket = await rpc.openWebSocket();
    const ids = Array.from({ length: 3 }, () => socket.request('eth_call', {}));
    await waitFor(() => ids.every((id) => socket.heard.some((heard) => heard.id === id)), { what: 'three answers' });
    expect(socket.heard[0].result).toHaveLength(6_000_002);
    socket.close();
  });
});
