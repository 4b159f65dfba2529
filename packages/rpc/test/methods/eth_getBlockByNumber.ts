import { encodeBlock } from '@heddle/primitives';
import { transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'has every field that geth gives a block of today',
    async run({ client, chain, account }) {
      const sent = transfer(account(0), account(1), 1n);
      const withdrawal = { index: 7n, validatorIndex: 3n, address: account(2).address, amount: 1_000n };
      const stored = chain.add({ transactions: [sent], withdrawals: [withdrawal] });
      const { header } = stored.block;
      expect(await client.call('eth_getBlockByNumber', 'latest', false)).toEqual({
        number: '0x1',
        hash: stored.hash,
        parentHash: chain.at(0).hash,
        nonce: '0x0000000000000000',
        mixHash: header.mixHash,
        sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
        logsBloom: `0x${'00'.repeat(256)}`,
        stateRoot: header.stateRoot,
        miner: header.beneficiary,
        difficulty: '0x0',
        extraData: '0x',
        gasLimit: '0x1c9c380',
        gasUsed: '0x5208',
        timestamp: `0x${header.timestamp.toString(16)}`,
        transactionsRoot: header.transactionsRoot,
        receiptsRoot: header.receiptsRoot,
        baseFeePerGas: '0x342770c0',
        withdrawalsRoot: header.withdrawalsRoot,
        blobGasUsed: '0x0',
        excessBlobGas: '0x0',
        parentBeaconBlockRoot: header.parentBeaconBlockRoot,
        requestsHash: '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        size: `0x${encodeBlock(stored.block).length.toString(16)}`,
        transactions: [sent.hash],
        uncles: [],
        withdrawals: [{ index: '0x7', validatorIndex: '0x3', address: account(2).address, amount: '0x3e8' }],
      });
    },
  },
  badParameter: { params: ['latest', 'yes'], message: 'invalid argument 1: expected a boolean, got string' },
  more: [
    {
      title: 'knows the tags, genesis, and null above the head',
      async run({ client, chain }) {
        chain.add();
        const numberOf = async (block: unknown) => (await client.call('eth_getBlockByNumber', block, false))?.number;
        for (const tag of ['latest', 'pending', 'safe', 'finalized', '0x1', 1]) expect(await numberOf(tag)).toBe('0x1');
        for (const tag of ['earliest', '0x0', 0]) expect(await numberOf(tag)).toBe('0x0');
        expect(await client.call('eth_getBlockByNumber', '0x2', false)).toBeNull();
        expect(await client.call('eth_getBlockByNumber', '0x7fffffffffffffff', true)).toBeNull();
      },
    },
  ],
};
