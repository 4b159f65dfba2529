import { request } from 'node:http';
import { connect } from 'node:net';
import { waitFor } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RpcUnderTest, startRpc } from './rpc-under-test.ts';

let rpc: RpcUnderTest;
beforeEach(async () => {
  rpc = await startRpc({ limits: { bodySizeBytes: 20_000, batchItemCount: 10, responseSizeBytes: 5_000 } });
});
afterEach(() => rpc.close());

/** Posts `body` and gives what came back, parsed. */
async function post(body: string) {
  const { status, text } = await rpc.client.post(body);
  return { status, answer: text === '' ? undefined : JSON.parse(text) };
}
const call = (id: unknown, method: string, params?: unknown) => ({ jsonrpc: '2.0', id, method, params });

describe('a request', () => {
  it('that is no JSON is a parse error', async () => {
    const expected = { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } };
    for (const body of ['{oops', '[', '{"jsonrpc":"2.0"', '\u0000', "{'a':1}"]) {
      expect(await post(body)).toEqual({ status: 200, answer: expected });
    }
  });

  it('that is JSON but no call is an invalid request with the id that it has', async () => {
    const error = { code: -32600, message: 'invalid request' };
    for (const body of [
      '1',
      '"x"',
      'null',
      'true',
      '{}',
      '{"id":{}}',
      '{"jsonrpc":"2.0","id":[1],"method":"eth_chainId"}',
    ]) {
      expect((await post(body)).answer).toEqual({ jsonrpc: '2.0', id: null, error });
    }
    for (const body of [
      '{"id":7,"method":"eth_chainId"}',
      '{"jsonrpc":"1.0","id":7,"method":"eth_chainId"}',
      '{"jsonrpc":"2.0","id":7}',
      '{"jsonrpc":"2.0","id":7,"method":5}',
    ]) {
      expect((await post(body)).answer).toEqual({ jsonrpc: '2.0', id: 7, error });
    }
  });

  it('for an unknown method is answered with the text that clients look for', async () => {
    for (const method of ['eth_nonsense', '__proto__', 'constructor', 'toString', 'ETH_CHAINID', ' eth_chainId']) {
      expect((await post(JSON.stringify(call(1, method)))).answer.error).toEqual({
        code: -32601,
        message: `the method ${method} does not exist/is not available`,
      });
    }
  });

  it('takes params that are absent, null or empty, and refuses an object or a scalar', async () => {
    for (const params of [undefined, null, []]) {
      expect((await post(JSON.stringify(call(1, 'eth_chainId', params)))).answer.result).toBe('0x7a69');
    }
    for (const params of [{ a: 1 }, 'x', 1, true]) {
      expect((await post(JSON.stringify(call(1, 'eth_chainId', params)))).answer.error).toEqual({
        code: -32602,
        message: 'non-array args',
      });
    }
  });

  it('gets its id back as it is: number, text, null, true', async () => {
    for (const id of [0, 1.5, 'seven', '', null, true]) {
      expect((await post(JSON.stringify(call(id, 'eth_chainId')))).answer).toEqual({
        jsonrpc: '2.0',
        id,
        result: '0x7a69',
      });
    }
  });

  it('without an id is a notification: carried out, not answered', async () => {
    expect(await post('{"jsonrpc":"2.0","method":"eth_chainId"}')).toEqual({ status: 204, answer: undefined });
    expect(await post('{"jsonrpc":"2.0","method":"no_such"}')).toEqual({ status: 204, answer: undefined });
    expect(await post(JSON.stringify([call(undefined, 'eth_chainId'), call(undefined, 'x')]))).toEqual({
      status: 204,
      answer: undefined,
    });
  });

  it('of another content type is refused', async () => {
    const { status, text } = await rpc.client.post('{}', { 'content-type': 'text/plain' });
    expect([status, text]).toEqual([415, 'invalid content type, only application/json is supported\n']);
    const json = await rpc.client.post(JSON.stringify(call(1, 'eth_chainId')), {
      'content-type': 'application/json; charset=utf-8',
    });
    expect(json.status).toBe(200);
  });

  it('with a body over the limit is refused with 413, also when it does not say its size', async () => {
    expect((await rpc.client.post(' '.repeat(20_001))).status).toBe(413);
    expect((await rpc.client.post(`${' '.repeat(19_900)}1`)).status).toBe(200);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = rpc.server;
      const chunked = request({ port, method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      chunked.on('error', reject);
      chunked.write(' '.repeat(15_000));
      chunked.end(' '.repeat(15_000));
    });
    expect(status).toBe(413);
  });

  it('whose answer is over the limit gets an error instead', async () => {
    const { answer } = await post(JSON.stringify(call(1, 'eth_feeHistory', [10, 'latest', []])));
    expect(answer.result).toBeDefined();
    for (let count = 0; count < 400; count++) rpc.chain.add();
    const large = await post(JSON.stringify(call(2, 'eth_feeHistory', [400, 'latest', [50]])));
    expect(large.answer).toEqual({ jsonrpc: '2.0', id: 2, error: { code: -32003, message: 'response too large' } });
  });

  it('that breaks HTTP is answered with 400 and harms nobody', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(rpc.server.port, '127.0.0.1', () => socket.write('\x16\x03\x01 not http\r\n\r\n'));
      let heard = '';
      socket.on('data', (data) => {
        heard += data.toString();
      });
      socket.on('close', () => resolve(heard));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(await rpc.client.call('eth_chainId')).toBe('0x7a69');
  });

  it('to another path or by another verb is not found', async () => {
    const { url } = rpc.client;
    expect(
      (await fetch(`${url}/v1`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(404);
    expect(
      (await fetch(url, { method: 'PUT', body: '{}', headers: { 'content-type': 'application/json' } })).status,
    ).toBe(404);
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('a fault of our own', () => {
  it('is answered as an internal error without its text, and logged', async () => {
    rpc.query.call = () => {
      throw new RangeError('secret detail');
    };
    const error = await rpc.client.fail('eth_call', {});
    expect([error.rpcCode, error.message]).toEqual([-32603, 'internal error']);
    expect(rpc.logged).toEqual(['error: rpc method failed']);
  });
});

describe('a batch', () => {
  it('is answered in order, errors and invalid items at their places, notifications left out', async () => {
    const items = [
      call(1, 'eth_chainId'),
      call('two', 'no_such'),
      7,
      call(undefined, 'eth_chainId'),
      { id: 5 },
      call(1, 'net_version'),
      [],
    ];
    const { answer } = await post(JSON.stringify(items));
    expect(answer).toEqual([
      { jsonrpc: '2.0', id: 1, result: '0x7a69' },
      {
        jsonrpc: '2.0',
        id: 'two',
        error: { code: -32601, message: 'the method no_such does not exist/is not available' },
      },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'invalid request' } },
      { jsonrpc: '2.0', id: 5, error: { code: -32600, message: 'invalid request' } },
      { jsonrpc: '2.0', id: 1, result: '31337' },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'invalid request' } },
    ]);
  });

  it('that is empty or too large is refused as a whole', async () => {
    expect((await post('[]')).answer).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: 'empty batch' },
    });
    const items = Array.from({ length: 11 }, (_, index) => call(index + 3, 'eth_chainId'));
    expect((await post(JSON.stringify(items))).answer).toEqual({
      jsonrpc: '2.0',
      id: 3,
      error: { code: -32600, message: 'batch too large' },
    });
    expect((await post(JSON.stringify(items.slice(0, 10)))).answer).toHaveLength(10);
  });

  it('whose answers exceed the limit together gets errors from there on', async () => {
    const items = Array.from({ length: 6 }, (_, id) => call(id, 'eth_getBlockByNumber', ['latest', false]));
    const { answer } = await post(JSON.stringify(items));
    const kinds = answer.map(({ result, error }: { result?: object; error?: { message: string } }) =>
      result ? 'block' : error?.message,
    );
    expect(kinds).toEqual([
      'block',
      'block',
      'response too large',
      'response too large',
      'response too large',
      'response too large',
    ]);
  });

  it('sees one view of the chain from its first to its last item', async () => {
    rpc.query.call = () => {
      rpc.chain.add();
      return { status: 'succeeded', returnData: new Uint8Array(0), gasUsed: 0n };
    };
    const items = [call(1, 'eth_blockNumber'), call(2, 'eth_call', [{}]), call(3, 'eth_blockNumber')];
    const { answer } = await post(JSON.stringify(items));
    expect([answer[0].result, answer[2].result]).toEqual(['0x0', '0x0']);
    expect(await rpc.client.call('eth_blockNumber')).toBe('0x1');
  });
});

describe('a batch that takes too long', () => {
  it('answers what is left with a timeout', async () => {
    const answerTimeoutMs = 1_000;
    const slow = await startRpc({ limits: { answerTimeoutMs } });
    let calls = 0;
    slow.query.call = async () => {
      calls++;
      const endMs = performance.now() + answerTimeoutMs; // the limit counts from a moment before
      await waitFor(() => performance.now() > endMs, { what: 'more than the limit', everyMs: 5 });
      return { status: 'succeeded', returnData: new Uint8Array(0), gasUsed: 0n };
    };
    const items = [call(1, 'eth_call', [{}]), call(2, 'eth_chainId'), call(3, 'eth_call', [{}])];
    const { text } = await slow.client.post(JSON.stringify(items));
    const [first, second, third] = JSON.parse(text);
    expect(first.result).toBe('0x');
    for (const late of [second, third]) expect(late.error).toEqual({ code: -32002, message: 'request timed out' });
    expect(calls).toBe(1);
    await slow.close();
  });
});
