import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is keccak-256, not SHA3-256',
    async run({ client }) {
      expect(await client.call('web3_sha3', '0x68656c6c6f20776f726c64')).toBe(
        '0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad',
      );
    },
  },
  badParameter: { params: ['hello'], message: 'invalid argument 0: hex string without 0x prefix' },
};
