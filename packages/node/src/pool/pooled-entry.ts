import type { Address, Transaction } from '@heddle/primitives';

/** A transaction while it is in the pool. */
export interface PooledEntry {
  readonly transaction: Transaction;
  readonly sender: Address;
  /** What it burns at least: intrinsic gas or the data floor. */
  readonly leastGas: bigint;
  /** Gas limit x fee cap + value, wei: what its sender must own. */
  readonly cost: bigint;
  /** Grows with every admission. */
  readonly sequence: number;
  /** Clock milliseconds. */
  readonly addedMs: number;
  /** Submitted to this node: it answers for spreading it. */
  readonly isLocal: boolean;
}
