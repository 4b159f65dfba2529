import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `net_peerCount` */
export const net_peerCount = defineMethod({
  name: 'net_peerCount',
  summary: 'Connected peers.',
  params: [],
  result: 'quantity',
  handle: async (_, { ports }) => toQuantity(await ports.node.peerCount()),
});
