import type { FeeRules, Hash, Validator } from '@heddle/primitives';
import type { NodePort } from '@heddle/rpc';
import type { LoopDelay } from '../loop-delay.ts';
import { metricsText } from '../metrics.ts';
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
  own: { readonly isReady: () => boolean; readonly loopDelay: LoopDelay },
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
    isReady: own.isReady,
    async metrics() {
      const { p99, max } = own.loopDelay.figures();
      const figures = { heddle_rpc_loop_delay_p99_seconds: p99, heddle_rpc_loop_delay_max_seconds: max };
      return `${await main.call('metrics', undefined)}${metricsText(figures)}`;
    },
  };
}
