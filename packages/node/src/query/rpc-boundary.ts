import type { Address, Hash } from '@heddle/primitives';
import type { AccountProof, CallOutcome, CallRequest, EstimateOutcome } from '@heddle/rpc';

/** A message and the block after which it runs, which is at or below the store's head. */
export interface Query {
  readonly request: CallRequest;
  readonly blockNumber: number;
}

/** What is to be proved in the state after a block at or below the store's head. */
export interface ProofQuery {
  readonly address: Address;
  readonly slots: readonly Hash[];
  readonly blockNumber: number;
}

/** What a query thread does for the rpc thread: one query at a time. */
export interface QueryForRpc {
  readonly requests: {
    /** Answers when store and EVM are open. */
    ready(input: undefined): void;
    /** @throws HeddleError `STATE_PRUNED`, `QUERY_BLOCK_UNKNOWN` */
    call(query: Query): CallOutcome;
    /** @throws HeddleError `STATE_PRUNED`, `QUERY_BLOCK_UNKNOWN` */
    estimateGas(query: Query): EstimateOutcome;
    /** @throws HeddleError `STATE_PRUNED`, `STATE_OUT_OF_REACH`, `QUERY_BLOCK_UNKNOWN` */
    proof(query: ProofQuery): AccountProof;
  };
  readonly notices: Record<never, never>;
}

/** What the rpc thread does for a query thread: nothing. */
export interface RpcForQuery {
  readonly requests: Record<never, never>;
  readonly notices: Record<never, never>;
}
