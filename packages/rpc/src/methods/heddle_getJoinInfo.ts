import { defineMethod } from '../method.ts';

/** `heddle_getJoinInfo` */
export const heddle_getJoinInfo = defineMethod({
  name: 'heddle_getJoinInfo',
  summary: 'What `heddle node --join URL` asks for: the genesis of the chain, and the nodes that this one knows.',
  params: [],
  result: '{instanceId, genesis, peers [{peerId, multiaddr, validator?}], blockTime, emptyBlockTime}',
  handle: (_, { ports }) => ports.node.joinInfo(),
});
