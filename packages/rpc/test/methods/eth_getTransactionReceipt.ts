import { createAddress } from '@heddle/primitives';
import { creation, GWEI, transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import { type MethodTest, MISSING_FIRST } from '../method-test.ts';
import { sampleLog, TOKEN_A, TRANSFER } from '../sample-logs.ts';

export const methodTest: MethodTest = {
  result: {
    title: "has every field of geth's receipt",
    async run({ client, chain, account }) {
      const first = transfer(account(0), account(1), 1n);
      const second = transfer(account(1), account(2), 1n, { maxPriorityFeePerGas: 2n * GWEI });
      const log = sampleLog(TOKEN_A, TRANSFER);
      const { hash, block } = chain.add({
        transactions: [first, second],
        outcomes: { 0: { logs: [log] }, 1: { gasUsed: 30_000n, succeeded: false, logs: [log] } },
      });
      const receipt = await client.call('eth_getTransactionReceipt', second.hash);
      expect(receipt).toEqual({
        blockHash: hash,
        blockNumber: '0x1',
        contractAddress: null,
        cumulativeGasUsed: '0xc738',
        effectiveGasPrice: `0x${(875_000_000n + 2n * GWEI).toString(16)}`,
        from: account(1).address,
        gasUsed: '0x7530',
        logs: [
          {
            ...log,
            blockNumber: '0x1',
            transactionHash: second.hash,
            transactionIndex: '0x1',
            blockHash: hash,
            blockTimestamp: `0x${block.header.timestamp.toString(16)}`,
            logIndex: '0x1',
            removed: false,
          },
        ],
        logsBloom: receipt.logsBloom,
        status: '0x0',
        to: account(2).address,
        transactionHash: second.hash,
        transactionIndex: '0x1',
        type: '0x2',
      });
      expect(receipt.logsBloom).toBe(block.header.logsBloom);
    },
  },
  badParameter: MISSING_FIRST,
  more: [
    {
      title: 'names the contract that was created, and is null until a transaction is mined',
      async run({ client, pool, chain, account }) {
        const sent = creation(account(0), Uint8Array.of(0));
        await pool.submit([sent.raw]);
        expect(await client.call('eth_getTransactionReceipt', sent.hash)).toBeNull();
        chain.add({ transactions: [sent] });
        const receipt = await client.call('eth_getTransactionReceipt', sent.hash);
        expect(receipt).toMatchObject({ to: null, contractAddress: createAddress(account(0).address, 0n) });
      },
    },
    {
      title: 'implies the nonce in latest',
      async run({ client, pool, account }) {
        const sent = transfer(account(0), account(1), 1n);
        await pool.submit([sent.raw]);
        pool.mine();
        expect(await client.call('eth_getTransactionReceipt', sent.hash)).not.toBeNull();
        expect(await client.call('eth_getTransactionCount', account(0).address, 'latest')).toBe('0x1');
      },
    },
  ],
};
