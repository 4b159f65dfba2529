import { request } from 'node:http';
import { bytesToHex } from '@heddle/primitives';
import { transfer, waitFor } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHostCheck } from '../src/host-check.ts';
import { type RpcUnderTest, startRpc } from './rpc-under-test.ts';

/** Status of a GET with exactly these headers (fetch does not let Host through). */
function statusOf(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const get = request({ port, host: '127.0.0.1', path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    get.on('error', reject);
    get.end();
  });
}

describe('the probes', () => {
  let rpc: RpcUnderTest;
  beforeEach(async () => {
    rpc = await startRpc();
  });
  afterEach(() => rpc.close());

  it('answer health always and readiness as the node says', async () => {
    rpc.node.isReady = false;
    expect((await fetch(`${rpc.client.url}/health`)).status).toBe(200);
    expect((await fetch(`${rpc.client.url}/ready`)).status).toBe(503);
    rpc.node.isReady = true;
    expect((await fetch(`${rpc.client.url}/ready`)).status).toBe(200);
  });

  it("show the node's metrics and the server's own, with names from the table only", async () => {
    await rpc.client.call('eth_chainId');
    await rpc.client.fail('evil"} 1\nfake_metric');
    const text = await (await fetch(`${rpc.client.url}/metrics`)).text();
    expect(text).toContain('heddle_node_height 7\n');
    expect(text).toContain('heddle_rpc_calls_total{method="eth_chainId",end="answered"} 1\n');
    expect(text).toContain('heddle_rpc_calls_total{method="unknown",end="refused"} 1\n');
    expect(text).not.toContain('fake_metric');
  });
});

describe('the host check', () => {
  it('serves addresses and localhost while bound to loopback, and refuses other names', async () => {
    const rpc = await startRpc();
    const { port } = rpc.server;
    for (const host of ['127.0.0.1:8545', 'localhost', `LOCALHOST:${port}`, '[::1]:8545', '192.168.1.7']) {
      expect(await statusOf(port, '/health', { host }), host).toBe(200);
    }
    for (const host of [
      'evil.example',
      'evil.example:8545',
      'localhost.evil.example',
      'a b',
      '[::1',
      '127.0.0.1.evil.example',
    ]) {
      expect(await statusOf(port, '/health', { host }), host).toBe(403);
    }
    await expect(rpc.openWebSocket({ headers: { host: 'evil.example' } })).rejects.toThrow('403');
    expect(rpc.logged).toEqual([]);
    await rpc.close();
  });

  it('serves the names of vhosts besides localhost, or all with *', async () => {
    const rpc = await startRpc({ vhosts: ['Node.example'] });
    expect(await statusOf(rpc.server.port, '/health', { host: 'node.example:1' })).toBe(200);
    expect(await statusOf(rpc.server.port, '/health', { host: 'localhost' })).toBe(200);
    expect(await statusOf(rpc.server.port, '/health', { host: 'other.example' })).toBe(403);
    await rpc.close();
    expect(createHostCheck({ host: '127.0.0.1', vhosts: ['*'] }).isAllowed('anything')).toBe(true);
  });

  it('serves every name elsewhere, with one warning, unless vhosts are given', async () => {
    const open = await startRpc({ host: '0.0.0.0' });
    expect(await statusOf(open.server.port, '/health', { host: 'rpc-1' })).toBe(200);
    expect(open.logged).toEqual([
      'warn: rpc serves every host name on this address: name the allowed ones with --vhosts',
    ]);
    await open.close();
    const named = await startRpc({ host: '0.0.0.0', vhosts: ['rpc-1'] });
    expect(await statusOf(named.server.port, '/health', { host: 'rpc-1' })).toBe(200);
    expect(await statusOf(named.server.port, '/health', { host: 'rpc-2' })).toBe(403);
    expect(named.logged).toEqual([]);
    await named.close();
  });
});

describe('CORS', () => {
  const preflight = (url: string, origin: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-anything',
      },
    });

  it('lets every origin send every header', async () => {
    const rpc = await startRpc();
    const { status, headers } = await preflight(rpc.client.url, 'https://dapp.example');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-headers')).toBe('content-type,x-anything');
    const answer = await rpc.client.post('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}', {
      origin: 'https://dapp.example',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    await rpc.close();
  });

  it('lets only the given origins in, over WebSocket too', async () => {
    const rpc = await startRpc({ corsOrigins: ['https://dapp.example'] });
    const known = await preflight(rpc.client.url, 'https://dapp.example');
    expect(known.headers.get('access-control-allow-origin')).toBe('https://dapp.example');
    const other = await preflight(rpc.client.url, 'https://evil.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    await expect(rpc.openWebSocket({ headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
    const socket = await rpc.openWebSocket({ headers: { origin: 'https://dapp.example' } });
    expect((await socket.call('eth_chainId')).result).toBe('0x7a69');
    socket.close();
    await rpc.close();
  });
});

describe('the server', () => {
  it('says that a port is in use and what to do', async () => {
    const rpc = await startRpc();
    const second = startRpc({ port: rpc.server.port });
    await expect(second).rejects.toMatchObject({
      code: 'RPC_PORT_IN_USE',
      message: `the RPC port 127.0.0.1:${rpc.server.port} is in use`,
      remedy: expect.stringContaining('--port'),
    });
    await rpc.close();
  });

  it('says that an address is not of this machine', async () => {
    await expect(startRpc({ host: '203.0.113.1' })).rejects.toMatchObject({ code: 'RPC_LISTEN_FAILED' });
  });

  it('ends at once though clients stay connected and calls wait', async () => {
    const rpc = await startRpc();
    const socket = await rpc.openWebSocket();
    await socket.call('eth_subscribe', 'newHeads');
    socket.request('eth_sendRawTransactionSync', bytesToHex(transfer(rpc.account(0), rpc.account(1), 1n).raw));
    await waitFor(async () => (await rpc.pool.status()).pending === 1, { what: 'the transaction in the pool' });
    await rpc.client.call('eth_chainId'); // leaves a keep-alive connection
    await rpc.close();
    await waitFor(() => socket.closeCode !== undefined, { what: 'the end of the connection' });
    await expect(fetch(rpc.client.url)).rejects.toThrow();
  });

  it('refuses connections beyond its limit', async () => {
    const rpc = await startRpc({ limits: { connectionCount: 2 } });
    const first = await rpc.openWebSocket();
    const second = await rpc.openWebSocket();
    await expect(rpc.openWebSocket()).rejects.toThrow();
    first.close();
    const third = await waitFor(() => rpc.openWebSocket(), { what: 'a free place' });
    third.close();
    second.close();
    await rpc.close();
  });
});
