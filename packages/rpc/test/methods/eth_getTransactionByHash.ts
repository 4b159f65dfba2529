import { bytesToHex, effectiveGasPrice } from '@heddle/primitives';
import { GWEI, signedTransaction, transfer } from '@heddle/testkit';
import { expect } from 'vitest';
import { type MethodTest, MISSING_FIRST } from '../method-test.ts';

const TARGET = `0x${'c0'.repeat(20)}` as const;

export const methodTest: MethodTest = {
  result: {
    title: 'has the fields of its type: legacy, access list, fee market, set code',
    async run({ client, chain, account }) {
      const accessList = [{ address: TARGET, storageKeys: [`0x${'01'.repeat(32)}` as const] }];
      const authorizationList = [{ chainId: 0n, address: TARGET, nonce: 1n, yParity: 1n, r: 2n, s: 3n }];
      const from = account(0);
      const transactions = [
        signedTransaction(from, { type: 0, nonce: 0 }),
        signedTransaction(from, { type: 0, nonce: 1, chainId: undefined }),
        signedTransaction(from, { type: 1, nonce: 2, accessList }),
        signedTransaction(from, { type: 2, nonce: 3, data: Uint8Array.of(1), to: undefined }),
        signedTransaction(from, { type: 4, nonce: 4, authorizationList }),
      ];
      const { hash, block } = chain.add({ transactions });
      for (const [index, sent] of transactions.entries()) {
        const quantity = (value: bigint) => `0x${value.toString(16)}`;
        const legacyV = sent.chainId === undefined ? 27 : 31337 * 2 + 35;
        expect(await client.call('eth_getTransactionByHash', sent.hash)).toEqual({
          blockHash: hash,
          blockNumber: '0x1',
          blockTimestamp: `0x${block.header.timestamp.toString(16)}`,
          transactionIndex: `0x${index}`,
          from: from.address,
          hash: sent.hash,
          nonce: `0x${index}`,
          gas: '0x5208',
          gasPrice: quantity(effectiveGasPrice(sent, block.header.baseFeePerGas)),
          input: bytesToHex(sent.data),
          to: sent.to ?? null,
          value: '0x1',
          type: `0x${sent.type}`,
          r: quantity(sent.r),
          s: quantity(sent.s),
          v: quantity(BigInt(sent.yParity + (sent.type === 0 ? legacyV : 0))),
          ...(sent.chainId === undefined ? {} : { chainId: '0x7a69' }),
          ...(sent.type === 0 ? {} : { yParity: `0x${sent.yParity}`, accessList: sent.type === 1 ? accessList : [] }),
          ...(sent.type < 2 ? {} : { maxFeePerGas: quantity(100n * GWEI), maxPriorityFeePerGas: quantity(GWEI) }),
          ...(sent.type === 4
            ? {
                authorizationList: [
                  { chainId: '0x0', address: TARGET, nonce: '0x1', yParity: '0x1', r: '0x2', s: '0x3' },
                ],
              }
            : {}),
        });
      }
    },
  },
  badParameter: MISSING_FIRST,
  more: [
    {
      title: 'finds what was just sent, before and after it is mined, with nulls for its place meanwhile',
      async run({ client, pool, account }) {
        const sent = transfer(account(0), account(1), 1n);
        expect(await client.call('eth_getTransactionByHash', sent.hash)).toBeNull();
        await client.call('eth_sendRawTransaction', bytesToHex(sent.raw));
        const pooled = await client.call('eth_getTransactionByHash', sent.hash);
        expect(pooled).toMatchObject({ blockHash: null, blockNumber: null, transactionIndex: null, hash: sent.hash });
        expect(pooled.gasPrice).toBe(`0x${(100n * GWEI).toString(16)}`);
        pool.mine();
        expect(await client.call('eth_getTransactionByHash', sent.hash)).toMatchObject({ blockNumber: '0x1' });
      },
    },
    {
      title: 'finds what is mined between the look at the chain and the look into the pool',
      async run({ client, pool, account }) {
        const sent = transfer(account(0), account(1), 1n);
        await client.call('eth_sendRawTransaction', bytesToHex(sent.raw));
        const ask = pool.transaction;
        pool.transaction = async (hash) => {
          pool.mine();
          return ask(hash);
        };
        expect(await client.call('eth_getTransactionByHash', sent.hash)).toMatchObject({ blockNumber: '0x1' });
      },
    },
  ],
};
