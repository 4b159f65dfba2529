import type { ExecutionRules, FeeRules } from '@heddle/primitives';

/** The execution rules alone of what may be a whole chain spec: `workerData` is copied and kept for a thread's life. */
export function executionRules(rules: ExecutionRules): ExecutionRules {
  const { chainId, fork, transactionGasCap, codeSizeLimit, blobs, depositContract, requestContracts } = rules;
  return {
    ...{ chainId, fork, transactionGasCap, codeSizeLimit },
    ...(blobs && { blobs }),
    ...(depositContract && { depositContract }),
    ...(requestContracts && { requestContracts }),
  };
}

/** What gives the next base fee, alone, for the same reason. */
export function feeRules({
  elasticity,
  baseFeeDenominator,
}: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>): Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'> {
  return { elasticity, baseFeeDenominator };
}
