import type { UnsignedTransaction } from '@heddle/primitives';
import { checkChain, estimateGas } from './call-request.ts';
import { rpcErrors } from './errors.ts';
import type { MethodContext } from './method-context.ts';
import { LATEST } from './params/block-id.ts';
import type { TransactionMessage } from './params/transaction-message.ts';
import { upcomingBaseFee } from './tip-oracle.ts';

/** A transaction that lacks at most its nonce. */
export type FilledTransaction = Omit<UnsignedTransaction, 'nonce'> & { readonly nonce?: bigint };

/**
 * The transaction that `message` asks for, with geth's defaults (`TransactionArgs.setDefaults`): fees from the recent
 * blocks, gas by estimate, EIP-1559 unless a gas price is named. The nonce is left to whoever holds the key.
 *
 * @throws RpcError
 */
export async function fillTransaction(context: MethodContext, message: TransactionMessage): Promise<FilledTransaction> {
  checkChain(context, message);
  if (message.to === undefined && message.data.length === 0) throw rpcErrors.creationWithoutData();
  const gasLimit = message.gas ?? (await estimateGas(context, message, LATEST));
  return {
    ...typeAndFees(context, message),
    chainId: BigInt(context.ports.node.chainId),
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    gasLimit,
    to: message.to,
    value: message.value,
    data: message.data,
    accessList: message.accessList ?? [],
    authorizationList: message.authorizationList ?? [],
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
  };
}

function typeAndFees(
  context: MethodContext,
  message: TransactionMessage,
): Pick<UnsignedTransaction, 'type' | 'maxFeePerGas' | 'maxPriorityFeePerGas'> {
  const { gasPrice } = message;
  if (gasPrice !== undefined && message.authorizationList === undefined) {
    const type = message.accessList === undefined ? 0 : 1;
    return { type, maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice };
  }
  const view = context.view();
  const suggested = context.tips.suggest(view);
  const { maxFeePerGas: feeCap } = message;
  // A cap that is below the suggestion and came without a tip lowers the tip rather than fail.
  const tip = message.maxPriorityFeePerGas ?? (feeCap !== undefined && feeCap < suggested ? feeCap : suggested);
  return {
    type: message.authorizationList === undefined ? 2 : 4,
    maxFeePerGas: feeCap ?? tip + 2n * upcomingBaseFee(view, context.ports.node),
    maxPriorityFeePerGas: tip,
  };
}
