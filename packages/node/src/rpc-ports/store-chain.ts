import type { Database } from '@heddle/executor';
import { assert } from '@heddle/primitives';
import type { ChainPort, StoredBlock } from '@heddle/rpc';
import { openChainView } from '../chain/chain-view.ts';

/** A decided block as listeners hear of it. */
type Head = Parameters<Parameters<ChainPort['onHead']>[0]>[0];

/** The chain port over the store. */
export interface StoreChain extends ChainPort {
  /** The store holds block `number` now: tells listeners of every block up to there that they have not heard of. */
  advanceTo(number: number): void;
  close(): void;
}

/** How long blocks are read and told in a row, while many were committed at once, before other work gets its turn. */
const SLICE_MS = 5;

/** The chain in `database`, from its present head on. */
export function createStoreChain(database: Database): StoreChain {
  return new DatabaseChain(database);
}

class DatabaseChain implements StoreChain {
  readonly #database: Database;
  readonly #listeners = new Set<(head: Head) => void>();
  /** The last block that was told. */
  #toldNumber: number;
  /** The last one that the store is known to hold. */
  #knownNumber: number;
  #isTelling = false;
  #isClosed = false;

  constructor(database: Database) {
    this.#database = database;
    const view = this.view();
    this.#toldNumber = view.headNumber;
    this.#knownNumber = view.headNumber;
    view.close();
  }

  view(): ReturnType<ChainPort['view']> {
    const snapshot = this.#database.snapshot();
    return openChainView(snapshot, () => snapshot.close());
  }

  onHead(listener: (head: Head) => void): () => void {
    const own = (head: Head) => listener(head); // the same function may listen twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  advanceTo(number: number): void {
    this.#knownNumber = Math.max(this.#knownNumber, number);
    if (!this.#isTelling) this.#tell();
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
  }

  #tell(): void {
    this.#isTelling = false;
    if (this.#isClosed || this.#toldNumber >= this.#knownNumber) return;
    const endMs = performance.now() + SLICE_MS;
    const view = this.view();
    try {
      do this.#tellNext(view);
      while (this.#toldNumber < this.#knownNumber && performance.now() < endMs);
    } finally {
      view.close();
    }
    if (this.#toldNumber >= this.#knownNumber) return;
    this.#isTelling = true;
    setImmediate(() => this.#tell());
  }

  #tellNext(view: ReturnType<ChainPort['view']>): void {
    const number = this.#toldNumber + 1;
    const stored: StoredBlock | undefined = view.blockByNumber(number);
    const receipts = view.receipts(number);
    assert(stored !== undefined && receipts !== undefined, `block ${number} is on disk when its head is told`);
    this.#toldNumber = number;
    for (const listener of [...this.#listeners]) listener({ ...stored, receipts });
  }
}
