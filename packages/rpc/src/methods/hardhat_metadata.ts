import { defineMethod } from '../method.ts';

/**
 * `hardhat_metadata`. `forkedNetwork` is null, not absent: Hardhat takes a node that leaves it out for its own and
 * then speaks to it in milliseconds.
 */
export const hardhat_metadata = defineMethod({
  name: 'hardhat_metadata',
  summary: 'Identity of this chain; `instanceId` changes with a reset.',
  params: [],
  result: '{clientVersion, chainId, instanceId, latestBlockNumber, latestBlockHash, forkedNetwork, snapshots}',
  handle(_, context) {
    const { headNumber, headHash } = context.view();
    const { clientVersion, chainId, instanceId } = context.ports.node;
    return {
      clientVersion,
      chainId,
      instanceId,
      latestBlockNumber: headNumber,
      latestBlockHash: headHash,
      forkedNetwork: null,
      snapshots: {},
    };
  },
});
