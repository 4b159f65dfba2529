import { rpcErrors } from '../errors.ts';
import { defineMethod } from '../method.ts';
import { data } from '../params/bytes.ts';
import { required } from '../params/parameter.ts';

/** `eth_sendRawTransaction` */
export const eth_sendRawTransaction = defineMethod({
  name: 'eth_sendRawTransaction',
  summary: 'Puts a signed transaction into the pool.',
  params: [required('transaction', data)],
  result: 'hash',
  concurrency: 100, // they go to the pool as one message
  async handle([raw], { submissions }) {
    const outcome = await submissions.submit(raw);
    if (!outcome.accepted) throw rpcErrors.refused(outcome);
    return outcome.hash;
  },
});
