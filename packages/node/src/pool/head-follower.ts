import type { Address } from '@heddle/primitives';
import type { HeadNotice } from './main-boundary.ts';
import type { PoolState, TransactionPool } from './pool.ts';

/** The store as the pool thread reads it. */
export interface PoolStateSource {
  /** The state at the store's newest head, frozen until {@link OpenPoolState.close}. */
  open(): OpenPoolState;
}

/** A state to be given back. */
export interface OpenPoolState extends PoolState {
  close(): void;
}

/** Accounts gathered while the store is ahead of the notices; more than this and everything is looked at. */
const MAX_TOUCHED = 100_000;

/** Moves the pool from head to head. The pool's state is always exactly that of a head it was told of. */
export class HeadFollower {
  readonly #source: PoolStateSource;
  readonly #pool: TransactionPool;
  #state: OpenPoolState;
  #touched: Set<Address> | 'all' = new Set();

  constructor(source: PoolStateSource, pool: TransactionPool, state: OpenPoolState) {
    this.#source = source;
    this.#pool = pool;
    this.#state = state;
  }

  /**
   * Hears of a decided block. True: the pool stands on a new head. The store may already be further (the writer does
   * not wait for this thread): then the next notice brings the pool there, with the accounts of both.
   */
  hear(notice: HeadNotice): boolean {
    this.#gather(notice.touched);
    if (notice.number <= this.#state.headNumber) return false;
    const state = this.#source.open();
    if (state.headHash !== notice.hash) {
      state.close();
      return false;
    }
    const previous = this.#state;
    this.#state = state;
    this.#pool.moveTo(state, this.#touched);
    this.#touched = new Set();
    previous.close();
    return true;
  }

  /** Gives the state back; the follower must not be used again. */
  close(): void {
    this.#state.close();
  }

  #gather(touched: readonly Address[] | 'all'): void {
    if (this.#touched === 'all') return;
    if (touched === 'all' || this.#touched.size + touched.length > MAX_TOUCHED) this.#touched = 'all';
    else for (const address of touched) this.#touched.add(address);
  }
}
