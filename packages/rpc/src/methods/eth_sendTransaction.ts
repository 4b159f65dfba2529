import { rpcErrors } from '../errors.ts';
import { defineMethod } from '../method.ts';
import { required } from '../params/parameter.ts';
import { transactionMessage } from '../params/transaction-message.ts';
import { fillTransaction } from '../transaction-filling.ts';

/** `eth_sendTransaction` */
export const eth_sendTransaction = defineMethod({
  name: 'eth_sendTransaction',
  summary: 'Completes a transaction of an account whose key the node holds, signs it and puts it into the pool.',
  params: [required('transaction', transactionMessage)],
  result: 'hash',
  async handle([message], context) {
    const { pool } = context.ports;
    const { from } = message;
    if (from === undefined || !pool.accounts().includes(from)) throw rpcErrors.unknownAccount();
    const outcome = await pool.submitUnsigned(from, await fillTransaction(context, message));
    if (!outcome.accepted) throw rpcErrors.refused(outcome);
    return outcome.hash;
  },
});
