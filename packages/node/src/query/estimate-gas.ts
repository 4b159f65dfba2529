import type { ExecutionRules } from '@heddle/primitives';
import type { CallRequest, EstimateOutcome } from '@heddle/rpc';
import type { CallRunner } from './call-runner.ts';
import { type QueryLimits, queryTimedOut } from './query-limits.ts';
import { FAILED, haltOutcome, messageOf } from './run-call.ts';

/** What a plain transfer costs. */
const TRANSFER_GAS = 21_000n;
/** EIP-2929's call stipend. */
const CALL_STIPEND = 2_300n;
/** The estimate may be too high by 1.5 percent (geth's `estimateGasErrorRatio`), in thousandths. */
const ERROR_THOUSANDTHS = 15n;

/** What bounds an estimate. */
export interface EstimateOptions {
  readonly rules: Pick<ExecutionRules, 'transactionGasCap'>;
  readonly limits: QueryLimits;
}

type Attempt =
  | { readonly status: 'succeeded'; readonly gasUsed: bigint }
  | { readonly status: 'short'; readonly halt?: EstimateOutcome }
  | { readonly status: 'over'; readonly outcome: EstimateOutcome };

/**
 * A gas limit with which `request` succeeds, at most 1.5 percent above the least one that the search can find: geth's
 * `eth/gasestimator`. The first run, with all the gas there may be, decides whether it can succeed at all.
 */
export async function estimateGas(
  request: CallRequest,
  runner: CallRunner,
  options: EstimateOptions,
): Promise<EstimateOutcome> {
  const ceiling = highestGas(request, runner, options);
  if (ceiling === undefined) return failed('insufficient funds for transfer');
  const attempt = (gas: bigint) => tryGas(request, gas, runner, options.limits);

  if (request.data.length === 0 && request.to !== undefined && !runner.hasCode(request.to)) {
    const plain = await attempt(TRANSFER_GAS);
    if (plain.status === 'succeeded') return { status: 'estimated', gas: TRANSFER_GAS };
  }
  const first = await attempt(ceiling);
  if (first.status === 'over') return first.outcome;
  if (first.status === 'short') return first.halt ?? failed(`gas required exceeds allowance (${ceiling})`);
  return search(attempt, first.gasUsed, ceiling);
}

/** Halves the range between what failed and what succeeded, keeping to its low end. */
async function search(
  attempt: (gas: bigint) => Promise<Attempt>,
  gasUsed: bigint,
  ceiling: bigint,
): Promise<EstimateOutcome> {
  let low = gasUsed - 1n; // fails
  let high = ceiling; // succeeds
  // Most runs succeed with what they used and what a call keeps back (EIP-150's 63/64 and the stipend).
  let middle = ((gasUsed + CALL_STIPEND) * 64n) / 63n;
  if (middle >= high) middle = halfway(low, high);
  while (low + 1n < high && (high - low) * 1_000n >= high * ERROR_THOUSANDTHS) {
    const next = await attempt(middle);
    if (next.status === 'over') return next.outcome;
    if (next.status === 'succeeded') high = middle;
    else low = middle;
    middle = halfway(low, high);
  }
  return { status: 'estimated', gas: high };
}

function halfway(low: bigint, high: bigint): bigint {
  const middle = (low + high) / 2n;
  return middle > low * 2n ? low * 2n : middle;
}

async function tryGas(
  request: CallRequest,
  gas: bigint,
  runner: CallRunner,
  { timeMs }: QueryLimits,
): Promise<Attempt> {
  const outcome = await runner.run(messageOf(request, gas));
  if (outcome.status === 'abandoned') return { status: 'over', outcome: queryTimedOut(timeMs) };
  if (outcome.status === 'invalid') {
    if (isTooLittleGas(outcome.reason)) return { status: 'short' };
    return { status: 'over', outcome: failed(outcome.reason) };
  }
  if (outcome.succeeded) return { status: 'succeeded', gasUsed: outcome.gasUsed };
  return outcome.haltReason === 'out of gas' ? { status: 'short' } : { status: 'short', halt: haltOutcome(outcome) };
}

function isTooLittleGas(reason: string): boolean {
  return reason.startsWith('intrinsic gas too low') || reason.startsWith('insufficient gas for floor data gas cost');
}

/** The most gas that the message may have; undefined: its sender cannot even pay the value. */
function highestGas(
  { from, gas, gasPrice, value }: CallRequest,
  runner: CallRunner,
  { rules, limits }: EstimateOptions,
): bigint | undefined {
  const asked = gas !== undefined && gas >= TRANSFER_GAS ? gas : runner.blockGasLimit;
  const caps = [asked, BigInt(limits.gasCap)];
  if (rules.transactionGasCap !== undefined) caps.push(rules.transactionGasCap);
  if (gasPrice > 0n) {
    const balance = runner.balance(from);
    if (value >= balance) return undefined;
    caps.push((balance - value) / gasPrice);
  }
  return caps.reduce((least, cap) => (cap < least ? cap : least));
}

function failed(message: string): EstimateOutcome {
  return { status: 'failed', code: FAILED, message };
}
