import { waitFor } from '@heddle/testkit';
import { expect } from 'vitest';
import { type MethodTest, MISSING_FIRST } from '../method-test.ts';

export const methodTest: MethodTest = {
  result: {
    title: 'ends one subscription and leaves the others',
    async run({ chain, openWebSocket }) {
      const socket = await openWebSocket();
      const { result: ended } = await socket.call('eth_subscribe', 'newHeads');
      const { result: kept } = await socket.call('eth_subscribe', 'newHeads');
      chain.add();
      await waitFor(() => socket.notifications(kept).length === 1, { what: 'the first head' });
      expect((await socket.call('eth_unsubscribe', ended)).result).toBe(true);
      chain.add();
      await waitFor(() => socket.notifications(kept).length === 2, { what: 'the second head' });
      expect(socket.notifications(ended)).toHaveLength(1);
      expect((await socket.call('eth_unsubscribe', ended)).error).toEqual({
        code: -32000,
        message: 'subscription not found',
      });
      socket.close();
    },
  },
  badParameter: MISSING_FIRST,
};
