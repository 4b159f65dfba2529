import { concatBytes, hexToBytes, keccak256, signerOfDigest } from '@heddle/primitives';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is an EIP-191 signature of the account',
    async run({ client, account }) {
      const { address } = account(1);
      const message = '0x68656c6c6f';
      const signature = await client.call('personal_sign', message, address);
      const prefix = Buffer.from('\x19Ethereum Signed Message:\n5', 'utf8');
      const digest = keccak256(concatBytes(prefix, hexToBytes(message)));
      expect(signerOfDigest(digest, hexToBytes(signature))).toBe(address);
    },
  },
  badParameter: {
    params: ['hello', `0x${'00'.repeat(20)}`],
    message: 'invalid argument 0: hex string without 0x prefix',
  },
  more: [
    {
      title: 'refuses accounts that the node does not hold',
      async run({ client, account }) {
        const error = await client.fail('personal_sign', '0x', account(3).address);
        expect([error.rpcCode, error.message]).toEqual([-32000, 'unknown account']);
      },
    },
  ],
};
