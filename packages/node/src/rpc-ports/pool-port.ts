import { type Address, decodeTransaction, HeddleError } from '@heddle/primitives';
import type { PoolPort, SubmitOutcome } from '@heddle/rpc';
import { refuseAll } from '../pool/intake-jobs.ts';
import { buffersOf, packBytes } from '../pool/packed-bytes.ts';
import type { PoolForRpc } from '../pool/rpc-boundary.ts';
import type { RemoteSide } from '../threads/port-rpc.ts';

/** The pool port over the pool thread. `accounts`: those whose keys it holds, in order. */
export function createPoolPort(pool: RemoteSide<PoolForRpc>, accounts: readonly Address[]): PoolPort {
  return {
    async submit(raws) {
      const batch = packBytes(raws);
      try {
        return await pool.call('submit', batch, { transfer: buffersOf(batch) });
      } catch (error) {
        return refusalOf(error, raws.length);
      }
    },
    async submitUnsigned(from, transaction) {
      try {
        return await pool.call('submitUnsigned', { from, transaction });
      } catch (error) {
        const [refusal] = refusalOf(error, 1);
        if (refusal === undefined) throw error;
        return refusal;
      }
    },
    async transaction(hash) {
      const found = await pool.call('transaction', hash);
      return found && { transaction: decodeTransaction(found.raw), sender: found.sender };
    },
    pendingNonce: (address) => pool.call('pendingNonce', address),
    status: () => pool.call('status', undefined),
    accounts: () => accounts,
    signMessage: (address, message) => pool.call('signMessage', { address, message }),
  };
}

/** Too many calls wait for the pool thread: a flood ends here, in the pool's own words. Anything else is thrown. */
function refusalOf(error: unknown, count: number): readonly SubmitOutcome[] {
  if (error instanceof HeddleError && error.code === 'THREAD_BUSY') return refuseAll(count);
  throw error;
}
