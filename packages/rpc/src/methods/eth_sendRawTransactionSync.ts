import { rpcErrors } from '../errors.ts';
import { receiptJson } from '../json/receipt-json.ts';
import { defineMethod } from '../method.ts';
import { data } from '../params/bytes.ts';
import { optional, required } from '../params/parameter.ts';
import { looseNumber } from '../params/quantity.ts';
import { waitForMined } from '../transaction-wait.ts';

/** `eth_sendRawTransactionSync` (EIP-7966) */
export const eth_sendRawTransactionSync = defineMethod({
  name: 'eth_sendRawTransactionSync',
  summary: 'Puts a signed transaction into the pool and waits until it is in a block.',
  params: [required('transaction', data), optional('timeoutMs', looseNumber, 0)],
  result: 'receipt',
  async handle([raw, wantedMs], context) {
    const { submissions, limits } = context;
    const outcome = await submissions.submit(raw);
    if (!outcome.accepted) throw rpcErrors.refused(outcome);
    const timeoutMs = wantedMs === 0 ? limits.sendSyncDefaultMs : Math.min(wantedMs, limits.sendSyncMaxMs);
    const mined = await waitForMined(context, outcome.hash, timeoutMs);
    if (mined === undefined) throw rpcErrors.sendSyncTimeout(outcome.hash, `${timeoutMs / 1_000}s`);
    return receiptJson(mined.reading, mined.index);
  },
});
