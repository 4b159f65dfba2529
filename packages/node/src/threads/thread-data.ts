import type { ExecutionRules, FeeRules } from '@heddle/primitives';

/** The execution rules alone of what may be a whole chain spec: `workerData` is copied and kept for a thread's life. */
export function executionRules({ chainId, fork, transactionGasCap, codeSizeLimit }: ExecutionRules): ExecutionRules {
  return { chainId, fork, transactionGasCap, codeSizeLimit };
}

/** What gives the next base fee, alone, for the same reason. */
export function feeRules({
  elasticity,
  baseFeeDenominator,
}: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>): Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'> {
  return { elasticity, baseFeeDenominator };
}
