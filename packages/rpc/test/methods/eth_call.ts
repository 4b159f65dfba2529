import { hexToBytes, ZERO_ADDRESS } from '@heddle/primitives';
import { expect } from 'vitest';
import type { CallRequest } from '../../src/ports.ts';
import type { MethodTest } from '../method-test.ts';

const TARGET = `0x${'c0'.repeat(20)}` as const;

export const methodTest: MethodTest = {
  result: {
    title: 'passes the message on and answers with the return data',
    async run({ client, chain, query, account }) {
      chain.add();
      const requests: [CallRequest, number][] = [];
      query.call = (request, blockNumber) => {
        requests.push([request, blockNumber]);
        return { status: 'succeeded', returnData: hexToBytes(`0x${'2a'.padStart(64, '0')}`), gasUsed: 25_000n };
      };
      const from = account(2).address;
      const accessList = [{ address: TARGET, storageKeys: [`0x${'01'.repeat(32)}`] }];
      const message = { from, to: TARGET, gas: '0x5208', value: '0x7', input: '0xabcd', data: '0xabcd', accessList };
      expect(await client.call('eth_call', message, '0x0')).toBe(`0x${'2a'.padStart(64, '0')}`);
      const expected = { from, to: TARGET, gas: 21_000n, gasPrice: 0n, value: 7n, data: Buffer.from('abcd', 'hex') };
      const [seen, blockNumber] = requests[0] ?? [];
      expect({ ...seen, data: Buffer.from(seen?.data ?? []) }).toEqual({ ...expected, accessList });
      expect(blockNumber).toBe(0);
    },
  },
  badParameter: {
    params: [{ to: '0x12' }],
    message: 'invalid argument 0: to: hex string has length 2, want 40 for address',
  },
  more: [
    {
      title: 'takes the head, the zero address and no price when nothing else is said',
      async run({ client, chain, query }) {
        chain.add();
        const seen: unknown[] = [];
        query.call = ({ from, gas, gasPrice }, number) => {
          seen.push(from, gas, gasPrice, number);
          return { status: 'succeeded', returnData: new Uint8Array(0), gasUsed: 0n };
        };
        expect(await client.call('eth_call', { to: TARGET })).toBe('0x');
        expect(seen).toEqual([ZERO_ADDRESS, undefined, 0n, 1]);
      },
    },
    {
      title: 'answers a revert with code 3, the reason and the data',
      async run({ client, query }) {
        const reason = `0x08c379a0${'20'.padStart(64, '0')}${'4'.padStart(64, '0')}${'6e6f7065'.padEnd(64, '0')}`;
        query.call = () => ({ status: 'reverted', returnData: hexToBytes(reason) });
        const error = await client.fail('eth_call', { to: TARGET });
        expect([error.rpcCode, error.message, error.data]).toEqual([3, 'execution reverted: nope', reason]);
      },
    },
    {
      title: 'answers a revert without reason and with a custom error as geth does',
      async run({ client, query }) {
        query.call = ({ data }) => ({ status: 'reverted', returnData: data });
        const empty = await client.fail('eth_call', { to: TARGET });
        expect([empty.rpcCode, empty.message, empty.data]).toEqual([3, 'execution reverted', '0x']);
        const custom = await client.fail('eth_call', { to: TARGET, data: '0xa2f43130' });
        expect([custom.rpcCode, custom.message, custom.data]).toEqual([3, 'execution reverted', '0xa2f43130']);
        const panic = `0x4e487b71${'11'.padStart(64, '0')}`;
        const overflow = await client.fail('eth_call', { to: TARGET, data: panic });
        expect(overflow.message).toBe('execution reverted: arithmetic underflow or overflow');
      },
    },
    {
      title: 'passes a failure on in its own words',
      async run({ client, query }) {
        query.call = () => ({ status: 'failed', code: -32000, message: 'out of gas' });
        const error = await client.fail('eth_call', { to: TARGET });
        expect([error.rpcCode, error.message]).toEqual([-32000, 'out of gas']);
      },
    },
    {
      title: 'refuses a price below the base fee, data that differs from input, two kinds of price, and overrides',
      async run({ client, account }) {
        const from = account(0).address;
        const cheap = await client.fail('eth_call', { from, to: TARGET, maxFeePerGas: '0x1' });
        expect(cheap.message).toMatch(
          /^max fee per gas less than block base fee: address 0x[0-9a-fA-F]{40}, maxFeePerGas: 1, baseFee: 1000000000$/,
        );
        const unequal = await client.fail('eth_call', { to: TARGET, data: '0x01', input: '0x02' });
        expect(unequal.message).toMatch(/^both "data" and "input" are set and not equal/);
        const both = await client.fail('eth_call', { to: TARGET, gasPrice: '0x1', maxFeePerGas: '0x1' });
        expect(both.message).toBe('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified');
        const overrides = await client.fail('eth_call', { to: TARGET }, 'latest', { [TARGET]: { balance: '0x1' } });
        expect(overrides.message).toBe('state overrides are not supported');
        expect(await client.call('eth_call', { to: TARGET }, 'latest', {}, {})).toBe('0x');
      },
    },
    {
      title: 'pays at most the cap and at most base fee and tip',
      async run({ client, query }) {
        const prices: bigint[] = [];
        query.call = ({ gasPrice, data }) => {
          prices.push(gasPrice);
          return { status: 'succeeded', returnData: data, gasUsed: 0n };
        };
        const gwei = (count: number) => `0x${(BigInt(count) * 1_000_000_000n).toString(16)}`;
        await client.call('eth_call', { maxFeePerGas: gwei(5), maxPriorityFeePerGas: gwei(1) });
        await client.call('eth_call', { maxFeePerGas: gwei(2), maxPriorityFeePerGas: gwei(2) });
        await client.call('eth_call', { gasPrice: gwei(9) });
        expect(prices).toEqual([2_000_000_000n, 2_000_000_000n, 9_000_000_000n]);
      },
    },
    {
      title: 'says that a block does not exist and that a state is gone',
      async run({ client, chain, query }) {
        expect((await client.fail('eth_call', {}, '0x5')).message).toBe('header not found');
        const unknown = await client.fail('eth_call', {}, { blockHash: `0x${'00'.repeat(32)}` });
        expect([unknown.rpcCode, unknown.message]).toEqual([-32000, 'header for hash not found']);
        chain.add();
        query.call = (_, number) => {
          const view = chain.view();
          try {
            view.account(TARGET, number);
          } finally {
            view.close();
          }
          return { status: 'succeeded', returnData: new Uint8Array(0), gasUsed: 0n };
        };
        chain.pruneBelow(1);
        const root = chain.at(0).block.header.stateRoot;
        expect((await client.fail('eth_call', {}, '0x0')).message).toBe(
          `historical state ${root.slice(2)} is not available`,
        );
      },
    },
  ],
};
