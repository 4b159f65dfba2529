import type { Address, Hash, UnsignedTransaction } from '@heddle/primitives';
import type { PackedBytes } from './packed-bytes.ts';

/** How the pool answered one transaction: what `rpc/src/ports.ts` calls a SubmitOutcome. */
export type SubmitAnswer =
  | { readonly accepted: true; readonly hash: Hash }
  | { readonly accepted: false; readonly code: number; readonly message: string };

/** An unsigned transaction of an account whose key the pool thread holds. */
export interface UnsignedSubmission {
  readonly from: Address;
  readonly transaction: Omit<UnsignedTransaction, 'nonce'> & { readonly nonce?: bigint };
}

/** What the pool thread does for an rpc thread. Answers keep the order of the calls where one depends on another. */
export interface PoolForRpc {
  readonly requests: {
    /** Admits in order; answers when all are judged, and at once for all when too much waits. */
    submit(batch: PackedBytes): readonly SubmitAnswer[];
    submitUnsigned(submission: UnsignedSubmission): SubmitAnswer;
    transaction(hash: Hash): { readonly raw: Uint8Array; readonly sender: Address } | undefined;
    /** Undefined: the pool holds nothing executable of this account. */
    pendingNonce(address: Address): bigint | undefined;
    status(input: undefined): { readonly pending: number; readonly queued: number };
    signMessage(input: { readonly address: Address; readonly message: Uint8Array }): Uint8Array | undefined;
  };
  readonly notices: Record<never, never>;
}

/** What the rpc thread does for the pool thread: nothing. */
export interface RpcForPool {
  readonly requests: Record<never, never>;
  readonly notices: Record<never, never>;
}
