import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `txpool_status` */
export const txpool_status = defineMethod({
  name: 'txpool_status',
  summary: 'Transactions in the pool: executable ones, and ones that wait for an earlier nonce.',
  params: [],
  result: '{pending, queued}',
  async handle(_, { ports }) {
    const { pending, queued } = await ports.pool.status();
    return { pending: toQuantity(pending), queued: toQuantity(queued) };
  },
});
