import { RpcCallError, waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type RpcUnderTest, startRpc } from './rpc-under-test.ts';

let rpc: RpcUnderTest;
afterEach(() => rpc.close());

const SEARCH = { fromBlock: '0x0', toBlock: 'latest' };

/** Makes each look at a header take so long, until it is set to 0. */
function slowHeaders(): { ms: number; looks: number } {
  const slow = { ms: 8, looks: 0 };
  const { view } = rpc.chain;
  rpc.chain.view = () => {
    const opened = view();
    const { headerByNumber } = opened;
    opened.headerByNumber = (number) => {
      slow.looks++;
      const end = performance.now() + slow.ms;
      while (performance.now() < end);
      return headerByNumber(number);
    };
    return opened;
  };
  return slow;
}

describe('too many long requests', () => {
  it('are answered -32005 from one on, while short ones, those begun and what the pool judges go on', async () => {
    rpc = await startRpc({ limits: { turnMs: 20, sliceMs: 1 } });
    for (let count = 0; count < 60; count++) rpc.chain.add();
    const slow = slowHeaders();
    const search = () => rpc.client.call('eth_getLogs', SEARCH).catch((error) => error);
    const answers = Array.from({ length: 12 }, search);
    const item = (id: number, method: string, ...params: unknown[]) => ({ jsonrpc: '2.0', id, method, params });
    const batch = Array.from({ length: 40 }, (_, id) => item(id, 'eth_getBlockByNumber', '0x1', false));
    await waitFor(() => slow.looks > 30, { what: 'several of them to be under way', everyMs: 1 });
    answers.push(search()); // the others may all have come at once, before there was any overload
    const { text } = await rpc.client.post(JSON.stringify([...batch, item(40, 'eth_call', {})]));
    expect(await rpc.client.call('eth_chainId')).toBe('0x7a69');
    const codes = JSON.parse(text).map((one: { error?: { code: number } }) => one.error?.code);
    expect(codes).toContain(-32005);
    expect(codes.at(-1)).toBeUndefined();

    const ended = await Promise.all(answers);
    const refused = ended.filter((one) => one instanceof RpcCallError);
    for (const error of refused) {
      expect([error.rpcCode, error.message]).toEqual([-32005, 'too many requests wait, try again later']);
    }
    expect(refused.length).toBeGreaterThan(0);
    expect(ended.filter((one) => Array.isArray(one)).length).toBeGreaterThan(1);
    expect(await rpc.client.call('eth_getLogs', SEARCH)).toEqual([]);
  });
});

describe('a search', () => {
  it('that takes too long ends with -32002', async () => {
    rpc = await startRpc({ limits: { answerTimeoutMs: 30 } });
    for (let count = 0; count < 20; count++) rpc.chain.add();
    slowHeaders();
    const late = await rpc.client.fail('eth_getLogs', SEARCH);
    expect([late.rpcCode, late.message]).toEqual([-32002, 'request timed out']);
  });
});
