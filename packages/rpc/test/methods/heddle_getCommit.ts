import { expect } from 'vitest';
import type { MethodTest } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'is the certificate of a block; genesis and unknown blocks have none',
    async run({ client, chain }) {
      const { hash } = chain.add();
      chain.add();
      const commit = await client.call('heddle_getCommit', '0x1');
      expect(commit).toMatchObject({ height: '0x1', round: '0x0', blockId: hash });
      expect(commit.signatures[2]).toEqual({
        validator: `0x${'03'.repeat(20)}`,
        signature: `0x${'03'.repeat(65)}`,
      });
      expect(await client.call('heddle_getCommit', { blockHash: hash })).toEqual(commit);
      expect((await client.call('heddle_getCommit')).height).toBe('0x2');
      expect(await client.call('heddle_getCommit', 'earliest')).toBeNull();
      expect(await client.call('heddle_getCommit', '0x9')).toBeNull();
    },
  },
  badParameter: { params: ['0x0g'], message: 'invalid argument 0: hex number with leading zero digits' },
};
