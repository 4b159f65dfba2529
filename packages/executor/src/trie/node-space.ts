import type { TrieCore } from './trie-core.ts';

/** Nodes in memory, bytes: beyond it what was not used for long is left out. */
export const MAX_KEPT_BYTES = 192 << 20;
/** A collection waits until as much was added as the last one kept, within these bounds. */
const MIN_GROWTH_BYTES = 4 << 20;
const MAX_GROWTH_BYTES = 64 << 20;
/** Roots for which every node that was used is kept. */
const MIN_AGE = 16;
const ALL_AGES = 0x7fff_ffff;

/** The memory that the tries' nodes take, bounded: what is of no use any more goes from time to time. */
export class NodeSpace {
  readonly #core: TrieCore;
  readonly #maxKeptBytes: number;
  #keptBytes = 0;
  #maxAge = ALL_AGES;

  constructor(core: TrieCore, maxKeptBytes: number) {
    this.#core = core;
    this.#maxKeptBytes = maxKeptBytes;
  }

  /** Collects if it is time to; the new addresses of the root nodes `roots` (0 stays 0), undefined if it was not. */
  collect(roots: readonly number[]): number[] | undefined {
    const growth = Math.min(Math.max(MIN_GROWTH_BYTES, this.#keptBytes), MAX_GROWTH_BYTES);
    if (this.#usedBytes() < this.#keptBytes + growth) return undefined;
    let kept = this.#keep(roots);
    while (this.#keptBytes > this.#maxKeptBytes && this.#maxAge > MIN_AGE) {
      const { layout, memory } = this.#core;
      this.#maxAge = Math.max(MIN_AGE, Math.min(this.#maxAge, memory.u32(layout.EPOCH)) >> 1);
      kept = this.#keep(kept);
    }
    if (this.#keptBytes < this.#maxKeptBytes / 2) this.#maxAge = Math.min(ALL_AGES, this.#maxAge * 2);
    return kept;
  }

  #keep(roots: readonly number[]): number[] {
    const { steps } = this.#core;
    steps.beginCollection(this.#maxAge);
    const kept = roots.map((root) => (root === 0 ? 0 : steps.keep(root)));
    this.#keptBytes = steps.finishCollection();
    return kept;
  }

  #usedBytes(): number {
    const { layout, memory } = this.#core;
    return memory.u32(layout.SPACE_TOP) - memory.u32(layout.SPACE_START);
  }
}
