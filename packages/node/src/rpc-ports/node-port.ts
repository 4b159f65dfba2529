import type { FeeRules, Hash, Validator } from '@heddle/primitives';
import type { NodePort } from '@heddle/rpc';
import type { RemoteSide } from '../threads/port-rpc.ts';
import type { MainForRpc } from './main-boundary.ts';

/** What the node says about itself that never changes while it runs. */
export interface NodeFacts {
  readonly chainId: number;
  /** For example `heddle/0.1.0/linux-x64/node20.20.2`. */
  readonly clientVersion: string;
  readonly instanceId: Hash;
  readonly transactionGasCap: bigint | undefined;
  readonly feeRules: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>;
  readonly validators: readonly Validator[];
}

/** The node port: facts from here, the rest from main. */
export function createNodePort(
  facts: NodeFacts,
  main: Pick<RemoteSide<MainForRpc>, 'call'>,
  isReady: () => boolean,
): NodePort {
  const { chainId, clientVersion, instanceId, transactionGasCap, feeRules } = facts;
  return {
    chainId,
    clientVersion,
    instanceId,
    transactionGasCap,
    feeRules,
    peerCount: () => main.call('peerCount', undefined),
    syncing: () => main.call('syncing', undefined),
    validators: () => facts.validators,
    parallelism: (blockNumber) => main.call('parallelism', blockNumber),
    joinInfo: () => main.call('joinInfo', undefined),
    isReady,
    metrics: () => main.call('metrics', undefined),
  };
}
