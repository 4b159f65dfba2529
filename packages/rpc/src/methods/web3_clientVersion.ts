import { defineMethod } from '../method.ts';

/** `web3_clientVersion` */
export const web3_clientVersion = defineMethod({
  name: 'web3_clientVersion',
  summary: 'Name and version of the node.',
  params: [],
  result: 'string',
  handle: (_, { ports }) => ports.node.clientVersion,
});
