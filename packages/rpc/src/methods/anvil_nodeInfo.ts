import { toQuantity } from '@heddle/primitives';
import { stateHeader } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import { LATEST } from '../params/block-id.ts';
import { upcomingBaseFee } from '../tip-oracle.ts';

/** `anvil_nodeInfo`: tools ask it to learn that this is a development chain; the shape is anvil 1.7.1's, field by field. */
export const anvil_nodeInfo = defineMethod({
  name: 'anvil_nodeInfo',
  summary: "The chain's head and fees in anvil's shape.",
  params: [],
  result:
    '{currentBlockNumber, currentBlockTimestamp, currentBlockHash, hardFork, transactionOrder, environment, forkConfig}',
  handle(_, context) {
    const view = context.view();
    const { hash, header } = stateHeader(view, LATEST);
    const baseFee = upcomingBaseFee(view, context.ports.node);
    return {
      currentBlockNumber: toQuantity(header.number),
      currentBlockTimestamp: header.timestamp,
      currentBlockHash: hash,
      hardFork: 'Osaka',
      transactionOrder: 'fees',
      environment: {
        baseFee: toQuantity(baseFee),
        chainId: context.ports.node.chainId,
        gasLimit: toQuantity(header.gasLimit),
        gasPrice: toQuantity(baseFee + context.tips.suggest(view)),
      },
      forkConfig: { forkUrl: null, forkBlockNumber: null, forkRetryBackoff: null },
    };
  },
});
