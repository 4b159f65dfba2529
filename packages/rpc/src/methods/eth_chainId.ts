import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `eth_chainId` */
export const eth_chainId = defineMethod({
  name: 'eth_chainId',
  summary: 'Chain id that transactions must be signed for.',
  params: [],
  result: 'quantity',
  handle: (_, { ports }) => toQuantity(ports.node.chainId),
});
