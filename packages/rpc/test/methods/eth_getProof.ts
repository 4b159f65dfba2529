import { EMPTY_CODE_HASH, HeddleError, ZERO_HASH } from '@heddle/primitives';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';
import { topicOf } from '../sample-logs.ts';

const CONTRACT = `0x${'c0'.repeat(20)}` as const;

export const methodTest: MethodTest = {
  result: {
    title: 'shows account and slots with their nodes, and names keys as they were asked for',
    async run({ client, chain, query }) {
      chain.add();
      query.proof = (address, slots, number) => ({
        account: { nonce: 1n, balance: BigInt(address.length), codeHash: EMPTY_CODE_HASH },
        storageRoot: new Uint8Array(32).fill(number),
        accountNodes: [Uint8Array.of(0xc1, 1), Uint8Array.of(0xc1, 2)],
        slots: slots.map((slot) => ({ value: Buffer.from(slot.slice(2), 'hex'), nodes: [Uint8Array.of(0xc1, 3)] })),
      });
      expect(await client.call('eth_getProof', CONTRACT, ['0x7', topicOf(8), '0x0009'], 'latest')).toEqual({
        address: CONTRACT,
        balance: '0x2a',
        nonce: '0x1',
        codeHash: EMPTY_CODE_HASH,
        storageHash: `0x${'01'.repeat(32)}`,
        accountProof: ['0xc101', '0xc102'],
        storageProof: [
          { key: '0x7', value: '0x7', proof: ['0xc103'] },
          { key: topicOf(8), value: '0x8', proof: ['0xc103'] },
          { key: '0x9', value: '0x9', proof: ['0xc103'] },
        ],
      });
    },
  },
  badParameter: { params: [CONTRACT, ['0xzz']], message: 'invalid argument 1: invalid hex in storage key' },
  more: [
    {
      title: 'shows that there is no account with hashes of zeros',
      async run({ client }) {
        const { codeHash, storageHash, balance, nonce } = await client.call('eth_getProof', CONTRACT, []);
        expect({ codeHash, storageHash, balance, nonce }).toEqual({
          ...{ codeHash: ZERO_HASH, storageHash: ZERO_HASH },
          ...{ balance: '0x0', nonce: '0x0' },
        });
      },
    },
    {
      title: 'says that a state is gone, or too far away to prove, and refuses more than 1,024 keys',
      async run({ client, chain, query }) {
        chain.add();
        const gone = `historical state ${chain.at(0).block.header.stateRoot.slice(2)} is not available`;
        for (const code of ['STATE_PRUNED', 'STATE_OUT_OF_REACH']) {
          query.proof = () => Promise.reject(new HeddleError(code, 'what happened'));
          const error = await client.fail('eth_getProof', CONTRACT, [], '0x0');
          expect([error.rpcCode, error.message]).toEqual([-32000, gone]);
        }
        const many = await client.fail('eth_getProof', CONTRACT, new Array(1_025).fill('0x0'));
        expect([many.rpcCode, many.message]).toEqual([-32602, 'too many storage keys requested (max 1024, got 1025)']);
      },
    },
  ],
};
