import { waitFor } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';
import { addSampleLogs, TOKEN_A, TRANSFER } from '../sample-logs.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'tells every later head once, in order, as the block shows it',
    async run({ chain, client, openWebSocket }) {
      chain.add();
      const socket = await openWebSocket();
      const { result: id } = await socket.call('eth_subscribe', 'newHeads');
      for (let count = 0; count < 5; count++) chain.add();
      await waitFor(() => socket.notifications(id).length === 5, { what: 'five heads' });
      const heads = socket.notifications(id);
      expect(heads.map(({ number }) => number)).toEqual(['0x2', '0x3', '0x4', '0x5', '0x6']);
      const block = await client.call('eth_getBlockByNumber', '0x2', false);
      const { size, transactions, uncles, withdrawals, ...header } = block;
      expect(heads[0]).toEqual(header);
      socket.close();
    },
  },
  badParameter: { params: [], message: 'missing value for required argument 0' },
  more: [
    {
      title: 'tells the logs that a filter wants, as eth_getLogs finds them',
      async run(rpc) {
        const socket = await rpc.openWebSocket();
        const filter = { address: TOKEN_A, topics: [TRANSFER] };
        const { result: some } = await socket.call('eth_subscribe', 'logs', filter);
        const { result: all } = await socket.call('eth_subscribe', 'logs', {});
        addSampleLogs(rpc);
        await waitFor(() => socket.notifications(all).length === 5, { what: 'five logs' });
        const range = { fromBlock: '0x1', toBlock: 'latest' };
        expect(socket.notifications(all)).toEqual(await rpc.client.call('eth_getLogs', range));
        expect(socket.notifications(some)).toEqual(await rpc.client.call('eth_getLogs', { ...range, ...filter }));
        socket.close();
      },
    },
    {
      title: 'refuses other kinds, wrong filters, and HTTP',
      async run({ client, openWebSocket }) {
        const http = await client.fail('eth_subscribe', 'newHeads');
        expect([http.rpcCode, http.message]).toEqual([-32601, 'notifications not supported']);
        const socket = await openWebSocket();
        expect((await socket.call('eth_subscribe', 'weather')).error).toEqual({
          code: -32601,
          message: 'no "weather" subscription in eth namespace',
        });
        expect((await socket.call('eth_subscribe', 'logs', { address: '0x1' })).error).toEqual({
          code: -32602,
          message: 'invalid argument 1: address: hex string of odd length',
        });
        socket.close();
      },
    },
  ],
};
