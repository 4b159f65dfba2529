import { HeddleError } from '@heddle/primitives';
import type { Handlers } from '../threads/port-rpc.ts';
import type { PoolForRpc, SubmitAnswer } from './rpc-boundary.ts';

/** JSON-RPC server error, as of everything that a pool refuses. */
const REFUSED = -32000;
const NO_POOL = 'this is a stored chain without validators: it takes no transactions';

/** What answers an rpc thread where there is no pool: it is empty, takes nothing and signs nothing. */
export function noPool(): Handlers<PoolForRpc> {
  const refusal: SubmitAnswer = { accepted: false, code: REFUSED, message: NO_POOL };
  return {
    requests: {
      submit: ({ sizes }) => Array.from(sizes, () => refusal),
      submitUnsigned: () => refusal,
      transaction: () => undefined,
      pendingNonce: () => undefined,
      status: () => ({ pending: 0, queued: 0 }),
      signMessage: () => {
        throw new HeddleError('NO_POOL', NO_POOL);
      },
    },
    notices: {},
  };
}
