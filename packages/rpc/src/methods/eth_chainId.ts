import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `eth_chainId` */
export const eth_chainId = defineMethod({
  name: 'eth_chainId',
  summary: 'Chain id that transactions must be signed for.',
  params: [],
  result: 'quantity',
  handle(_, { ports }) {
    ports.query.prepare(); // the first question of ethers and wallets, and calls are among the next
    return toQuantity(ports.node.chainId);
  },
});
