import { checksumAddress, ZERO_ADDRESS } from '@heddle/primitives';
import { asStateError, stateHeader } from './block-lookup.ts';
import { rpcErrors } from './errors.ts';
import type { MethodContext } from './method-context.ts';
import type { BlockId } from './params/block-id.ts';
import type { TransactionMessage } from './params/transaction-message.ts';
import type { CallOutcome, CallRequest, EstimateOutcome } from './ports.ts';

/** Runs `message` on the state after the block that `id` means. @throws RpcError when it fails or reverts. */
export async function runCall(context: MethodContext, message: TransactionMessage, id: BlockId) {
  const outcome = await query(context, message, id, (request, number) => context.ports.query.call(request, number));
  return requireSuccess(outcome);
}

/** The least gas limit with which `message` succeeds. @throws RpcError when it fails or reverts whatever the limit. */
export async function estimateGas(context: MethodContext, message: TransactionMessage, id: BlockId): Promise<bigint> {
  const outcome = await query(context, message, id, (request, number) =>
    context.ports.query.estimateGas(request, number),
  );
  return requireSuccess(outcome).gas;
}

async function query<T>(
  context: MethodContext,
  message: TransactionMessage,
  id: BlockId,
  run: (request: CallRequest, blockNumber: number) => Promise<T>,
): Promise<T> {
  const { header } = stateHeader(context.view(), id);
  checkChain(context, message);
  try {
    return await run(callRequest(message, header.baseFeePerGas), header.number);
  } catch (error) {
    throw asStateError(error, header.stateRoot);
  }
}

/** The message with geth's defaults (`TransactionArgs.ToMessage`). @throws RpcError when it cannot pay the base fee. */
export function callRequest(message: TransactionMessage, baseFeePerGas = 0n): CallRequest {
  const from = message.from ?? ZERO_ADDRESS;
  const feeCap = message.gasPrice ?? message.maxFeePerGas ?? 0n;
  const tip = message.gasPrice ?? message.maxPriorityFeePerGas ?? 0n;
  // Without any price a call is free, whatever the base fee.
  const isFree = feeCap === 0n && tip === 0n;
  if (!isFree && feeCap < baseFeePerGas) {
    throw rpcErrors.feeCapBelowBaseFee(checksumAddress(from), feeCap, baseFeePerGas);
  }
  const gasPrice = isFree ? 0n : feeCap < baseFeePerGas + tip ? feeCap : baseFeePerGas + tip;
  return {
    from,
    to: message.to,
    gas: message.gas,
    gasPrice,
    value: message.value,
    data: message.data,
    ...(message.accessList && { accessList: message.accessList }),
    ...(message.authorizationList && { authorizationList: message.authorizationList }),
  };
}

/** @throws RpcError when the message names another chain. */
export function checkChain(context: MethodContext, { chainId }: TransactionMessage): void {
  const want = context.ports.node.chainId;
  if (chainId !== undefined && chainId !== BigInt(want)) throw rpcErrors.wrongChain(chainId, want);
}

type Failure = Extract<CallOutcome | EstimateOutcome, { status: 'reverted' | 'failed' }>;

function requireSuccess<T extends { readonly status: string }>(outcome: T | Failure): Exclude<T, Failure> {
  if (outcome.status === 'reverted')
    throw rpcErrors.reverted((outcome as Extract<Failure, { status: 'reverted' }>).returnData);
  if (outcome.status === 'failed') throw rpcErrors.refused(outcome as Extract<Failure, { status: 'failed' }>);
  return outcome as Exclude<T, Failure>;
}
