import { defineMethod } from '../method.ts';

/** `net_version` */
export const net_version = defineMethod({
  name: 'net_version',
  summary: 'Network id: the chain id in decimal.',
  params: [],
  result: 'decimal string',
  handle: (_, { ports }) => String(ports.node.chainId),
});
