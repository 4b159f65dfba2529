import type { CallMessage, RunOutcome } from '@heddle/executor';
import { checksumAddress } from '@heddle/primitives';
import type { CallOutcome, CallRequest } from '@heddle/rpc';
import type { CallRunner } from './call-runner.ts';
import { type QueryLimits, queryTimedOut } from './query-limits.ts';

/** JSON-RPC server error: geth's code for whatever a run came to, but for a revert. */
export const FAILED = -32000;

/** The message of `request` with this gas limit. */
export function messageOf(request: CallRequest, gasLimit: bigint): CallMessage {
  const { gas: _, ...message } = request;
  return { ...message, gasLimit };
}

/** `eth_call` (geth's DoCall): one run with the gas asked for, the cap at most. */
export async function runCall(request: CallRequest, runner: CallRunner, limits: QueryLimits): Promise<CallOutcome> {
  const gasCap = BigInt(limits.gasCap);
  const { gas = gasCap } = request;
  const gasLimit = gas > gasCap ? gasCap : gas;
  const unfunded = findUnfunded(request, gasLimit, runner);
  if (unfunded !== undefined) return refused(unfunded, gasLimit);
  const outcome = await runner.run(messageOf(request, gasLimit));
  if (outcome.status === 'abandoned') return queryTimedOut(limits.timeMs);
  if (outcome.status === 'invalid') return refused(outcome.reason, gasLimit);
  const { returnData, gasUsed } = outcome;
  return outcome.succeeded ? { status: 'succeeded', returnData, gasUsed } : haltOutcome(outcome);
}

/** How a halted run is told. */
export function haltOutcome({ returnData, haltReason }: Extract<RunOutcome, { status: 'executed' }>) {
  if (haltReason === 'execution reverted') return { status: 'reverted', returnData } as const;
  return { status: 'failed', code: FAILED, message: haltReason ?? 'execution failed' } as const;
}

/** Who names a gas price must own what the gas would cost, as in a transaction. */
function findUnfunded(
  { from, gasPrice, value }: CallRequest,
  gasLimit: bigint,
  runner: CallRunner,
): string | undefined {
  if (gasPrice === 0n) return undefined; // the run itself looks at the value
  const want = gasLimit * gasPrice + value;
  const have = runner.balance(from);
  if (have >= want) return undefined;
  return `insufficient funds for gas * price + value: address ${checksumAddress(from)} have ${have} want ${want}`;
}

function refused(reason: string, gasLimit: bigint): CallOutcome {
  return { status: 'failed', code: FAILED, message: `err: ${reason} (supplied gas ${gasLimit})` };
}
