import { type Address, toQuantity } from '@heddle/primitives';
import { readState } from '../block-lookup.ts';
import { defineMethod } from '../method.ts';
import type { MethodContext } from '../method-context.ts';
import { type BlockId, blockId, LATEST } from '../params/block-id.ts';
import { address } from '../params/bytes.ts';
import { optional, required } from '../params/parameter.ts';

/** `eth_getTransactionCount` */
export const eth_getTransactionCount = defineMethod({
  name: 'eth_getTransactionCount',
  summary: 'Nonce of an account; with `pending` the one after its executable transactions in the pool.',
  params: [required('address', address), optional('block', blockId, LATEST)],
  result: 'quantity',
  handle: async ([account, id], context) =>
    toQuantity(
      'tag' in id && id.tag === 'pending' ? await pendingNonce(context, account) : nonceAt(context, account, id),
    ),
});

async function pendingNonce(context: MethodContext, account: Address): Promise<bigint> {
  const pooled = await context.ports.pool.pendingNonce(account);
  // The pool forgets what a block includes: only a view that is newer than its answer knows those transactions.
  context.refreshView();
  const mined = nonceAt(context, account, LATEST);
  return pooled !== undefined && pooled > mined ? pooled : mined;
}

function nonceAt(context: MethodContext, account: Address, id: BlockId): bigint {
  return readState(context, id, (view, number) => view.account(account, number)?.nonce ?? 0n);
}
