import { concatBytes, hexToBytes, keccak256, signerOfDigest } from '@heddle/primitives';
import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is an EIP-191 signature of the account',
    async run({ client, account }) {
      const { address } = account(1);
      const message = '0x68656c6c6f';
      const signature = await client.call('eth_sign', address, message);
      const prefix = Buffer.from('\x19Ethereum Signed Message:\n5', 'utf8');
      const digest = keccak256(concatBytes(prefix, hexToBytes(message)));
      expect(signerOfDigest(digest, hexToBytes(signature))).toBe(address);
    },
  },
  badParameter: { params: ['0x12', '0x'], message: 'invalid argument 0: hex string has length 2, want 40 for address' },
  more: [
    {
      title: 'refuses accounts that the node does not hold',
      async run({ client, account }) {
        const error = await client.fail('eth_sign', account(3).address, '0x');
        expect([error.rpcCode, error.message]).toEqual([-32000, 'unknown account']);
      },
    },
  ],
};
