import type { BatchOperation, KeyValueSource, StateReader } from '@heddle/executor';
import type { Address, Hash } from '@heddle/primitives';

/** Something that a transaction read and the prestate does not list. */
export interface MissingRead {
  /** Place of the first transaction that read it. */
  readonly transaction: number;
  readonly address: Address;
  /** Undefined: the account itself. */
  readonly slot: Hash | undefined;
}

/**
 * The state before a block, as far as it is known. It is first read by one serial run on `reader`; what that run found is
 * then put into a store, where threads can read it.
 */
export interface ReplayState {
  readonly reader: StateReader;
  /** Whether it is proven, so that the block's state root can be compared. */
  readonly isProven: boolean;
  /** Tells what runs from now on: a transaction's place, or what comes before (-1) or after them. */
  at(place: number): void;
  /** What transactions read so far and nobody listed: it counted as empty. */
  missing(): readonly MissingRead[];
  /** Whether the part of it that the block's end reads is known: of the contracts that hold requests (EIP-7685). */
  knowsRequests(): boolean;
  /** After the serial run: its root, its records, and what puts them into an empty store. */
  records(): StateRecords;
}

/** A state as a store holds it. */
export interface StateRecords {
  readonly stateRoot: Hash;
  readonly source: KeyValueSource;
  /** Once whatever is made of the source is made: a witness has records for what was asked. */
  operations(): Iterable<BatchOperation>;
}
