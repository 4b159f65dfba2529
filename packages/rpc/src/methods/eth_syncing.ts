import { toQuantity } from '@heddle/primitives';
import { defineMethod } from '../method.ts';

/** `eth_syncing` */
export const eth_syncing = defineMethod({
  name: 'eth_syncing',
  summary: 'How far the node has caught up.',
  params: [],
  result: 'false, or {startingBlock, currentBlock, highestBlock}',
  async handle(_, { ports }) {
    const progress = await ports.node.syncing();
    if (progress === undefined) return false;
    return {
      startingBlock: toQuantity(progress.startingBlock),
      currentBlock: toQuantity(progress.currentBlock),
      highestBlock: toQuantity(progress.highestBlock),
    };
  },
});
