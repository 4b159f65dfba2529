import { minedTransactionJson, pooledTransactionJson } from '../json/transaction-json.ts';
import { defineMethod } from '../method.ts';
import { hash } from '../params/bytes.ts';
import { required } from '../params/parameter.ts';
import { findMined } from '../transaction-lookup.ts';

/** `eth_getTransactionByHash` */
export const eth_getTransactionByHash = defineMethod({
  name: 'eth_getTransactionByHash',
  summary: 'A transaction, mined or in the pool.',
  params: [required('hash', hash)],
  result: 'transaction, or null',
  async handle([wanted], context) {
    const mined = findMined(context, wanted);
    if (mined) return minedTransactionJson(mined.reading, mined.index);
    const pooled = await context.ports.pool.transaction(wanted);
    if (pooled) return pooledTransactionJson(pooled.transaction, pooled.sender);
    // The pool forgets what a block includes, maybe one that is newer than the view.
    context.refreshView();
    const included = findMined(context, wanted);
    return included ? minedTransactionJson(included.reading, included.index) : null;
  },
});
