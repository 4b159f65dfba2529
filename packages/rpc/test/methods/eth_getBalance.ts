import { ETHER, transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is the balance after the block that is asked for, by tag, number, hash and EIP-1898 object',
    async run({ client, chain, account }) {
      const { hash } = chain.add({ transactions: [transfer(account(0), account(1), 3n * ETHER)] });
      chain.add({ transactions: [transfer(account(0), account(1), ETHER, { nonce: 1 })] });
      const of = async (...block: unknown[]) =>
        BigInt(await client.call('eth_getBalance', account(1).address, ...block)) / ETHER;
      expect(await of()).toBe(10_004n);
      for (const tag of ['latest', 'pending', 'safe', 'finalized']) expect(await of(tag)).toBe(10_004n);
      expect(await of('earliest')).toBe(10_000n);
      expect(await of('0x1')).toBe(10_003n);
      expect(await of(hash)).toBe(10_003n);
      expect(await of({ blockHash: hash, requireCanonical: true })).toBe(10_003n);
      expect(await of({ blockNumber: '0x0' })).toBe(10_000n);
      expect(await client.call('eth_getBalance', `0x${'99'.repeat(20)}`, null)).toBe('0x0');
      expect(await of()).toBe(10_004n);
    },
  },
  badParameter: {
    params: ['0x12', 'latest'],
    message: 'invalid argument 0: hex string has length 2, want 40 for address',
  },
  more: [
    {
      title: 'says that a block does not exist and that a state is gone',
      async run({ client, chain, account }) {
        const { address } = account(0);
        const beyond = await client.fail('eth_getBalance', address, '0x7');
        expect([beyond.rpcCode, beyond.message]).toEqual([-32000, 'header not found']);
        const unknown = await client.fail('eth_getBalance', address, `0x${'11'.repeat(32)}`);
        expect([unknown.rpcCode, unknown.message]).toEqual([-32000, 'header for hash not found']);
        chain.add();
        chain.pruneBelow(1);
        const gone = await client.fail('eth_getBalance', address, '0x0');
        const root = chain.at(0).block.header.stateRoot;
        expect([gone.rpcCode, gone.message]).toEqual([-32000, `historical state ${root.slice(2)} is not available`]);
      },
    },
    {
      title: 'names what is wrong with a block',
      async run({ client, account }) {
        const why = async (block: unknown) => (await client.fail('eth_getBalance', account(0).address, block)).message;
        expect(await why('newest')).toBe('invalid argument 1: hex string without 0x prefix');
        expect(await why('0x')).toBe('invalid argument 1: hex string "0x"');
        expect(await why('0x00')).toBe('invalid argument 1: hex number with leading zero digits');
        expect(await why('0xffffffffffffffff')).toBe('invalid argument 1: block number larger than int64');
        expect(await why({})).toBe('invalid argument 1: neither blockHash nor blockNumber specified');
        expect(await why([])).toBe('invalid argument 1: expected an object, got array');
        expect(await why(-1)).toBe('invalid argument 1: -1 is no block number');
      },
    },
  ],
};
