/** A block's part in the base fee of the next. */
export interface FeeStep {
  readonly gasUsed: bigint;
  readonly gasLimit: bigint;
  readonly baseFeePerGas: bigint;
}

/** Elasticities worth telling apart. */
const CANDIDATES = [1n, 2n, 3n, 4n, 6n, 8n] as const;
const DENOMINATOR = 8n;

/**
 * The chain's elasticity as the base fee of `child` shows it, undefined when the step does not tell (a parent without
 * gas looks the same under all).
 */
export function elasticityShownBy(parent: FeeStep, child: Pick<FeeStep, 'baseFeePerGas'>): number | undefined {
  if (parent.gasUsed === 0n) return undefined;
  const fitting = CANDIDATES.filter((elasticity) => baseFeeAfter(parent, elasticity) === child.baseFeePerGas);
  return fitting.length === 1 ? Number(fitting[0]) : undefined;
}

/** EIP-1559 with mainnet's change denominator. */
function baseFeeAfter({ gasUsed, gasLimit, baseFeePerGas }: FeeStep, elasticity: bigint): bigint {
  const target = gasLimit / elasticity;
  if (gasUsed === target) return baseFeePerGas;
  const distance = gasUsed > target ? gasUsed - target : target - gasUsed;
  const change = (baseFeePerGas * distance) / target / DENOMINATOR;
  if (gasUsed > target) return baseFeePerGas + (change > 0n ? change : 1n);
  return baseFeePerGas - change;
}
