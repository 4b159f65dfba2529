import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFakeClock } from '../src/fake-clock.ts';
import { freePorts } from '../src/free-port.ts';
import { RpcCallError, rpcClient } from '../src/rpc-client.ts';
import { temporaryDirectory } from '../src/temporary-directory.ts';
import { waitFor } from '../src/wait-for.ts';

test('the fake clock fires in order of time and only when moved', () => {
  const clock = createFakeClock(100);
  const fired: string[] = [];
  clock.schedule(20, () => fired.push(`late ${clock.now()}`));
  clock.schedule(10, () => {
    fired.push(`early ${clock.now()}`);
    clock.schedule(5, () => fired.push(`nested ${clock.now()}`));
  });
  const cancel = clock.schedule(12, () => fired.push('cancelled'));
  cancel();
  clock.advance(9);
  expect(fired).toEqual([]);
  clock.advance(11);
  expect(fired).toEqual(['early 110', 'nested 115', 'late 120']);
  expect(clock.pendingCount()).toBe(0);
});

test('waitFor returns what it found and names what it missed', async () => {
  let looks = 0;
  expect(await waitFor(() => (++looks > 2 ? looks : undefined), { what: 'three looks', everyMs: 1 })).toBe(3);
  const failing = waitFor(() => Promise.reject(new Error('not yet')), { what: 'never', timeoutMs: 10, everyMs: 1 });
  await expect(failing).rejects.toThrow('in vain for never (last error: not yet)');
});

test('a temporary directory is gone after remove', () => {
  const directory = temporaryDirectory('kit');
  writeFileSync(join(directory.path, 'file'), 'x');
  directory.remove();
  directory.remove();
  expect(existsSync(directory.path)).toBe(false);
});

test('free ports differ and the client passes results and errors on', async () => {
  const [port, other] = await freePorts(2);
  expect(port).not.toBe(other);
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      const answer =
        method === 'good' ? { result: '0x1' } : { error: { code: 3, message: 'execution reverted', data: '0x' } };
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const client = rpcClient(`http://127.0.0.1:${port}`);
  expect(await client.call('good')).toBe('0x1');
  const error = await client.fail('bad');
  expect(error).toBeInstanceOf(RpcCallError);
  expect([error.rpcCode, error.message, error.data]).toEqual([3, 'execution reverted', '0x']);
  await expect(client.fail('good')).rejects.toThrow('good was to fail');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
