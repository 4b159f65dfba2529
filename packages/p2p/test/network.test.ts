import { waitFor } from '@heddle/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { allConnected, allGossiping, startNode, startValidators, stopAllNodes, VALIDATORS } from './test-network.ts';

afterEach(stopAllNodes);

describe('a network of four validators and a full node', () => {
  it('delivers every batch to every other node, full node included', async () => {
    const validators = await startValidators(4);
    const fullNode = await startNode({ peers: [validators[1]?.address as never] });
    const nodes = [...validators, fullNode];
    await waitFor(() => fullNode.network.peers().length === 1, { what: 'the full node to be admitted' });
    await allGossiping(validators, 3);
    await allGossiping([fullNode], 1);
    await waitFor(() => (validators[1]?.network.metrics().heddle_p2p_gossip_peers ?? 0) === 4, { what: 'gossip of 1' });
    for (const [index, node] of nodes.entries()) {
      node.network.publishTransactions([Uint8Array.of(index, 1), Uint8Array.of(index, 2)]);
    }
    for (const [index, node] of nodes.entries()) {
      await waitFor(() => node.batches.length === nodes.length - 1, { what: `all batches at ${node.name}` });
      const heard = node.batches.map((batch) => batch[0]?.[0]).sort();
      expect(heard).toEqual([0, 1, 2, 3, 4].filter((other) => other !== index));
    }
  });

  it('binds each peer id to the validator that signed for it', async () => {
    const [first, second] = await startValidators(2);
    if (!first || !second) return expect.unreachable();
    await allConnected([first, second]);
    expect(first.network.peers()).toEqual([
      { peerId: second.network.peerId, validator: VALIDATORS[1]?.address, height: 0 },
    ]);
  });
});
