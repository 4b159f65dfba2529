import { assert, EMPTY_TRIE_ROOT, type Hash, keccak256Hex } from '@heddle/primitives';
import type { BatchOperation, KeyValueSource } from '../state/database.ts';
import { isSameDiff, type StateDiff } from '../state/state-diff.ts';
import { accountNodePrefix } from '../state/state-keys.ts';
import { MAX_KEPT_BYTES, NodeSpace } from './node-space.ts';
import { accountsOf, type ChangedAccount, slotCountOf, writeItemKeys, writeItems } from './state-items.ts';
import { createSharedTrie, instantiateTrie, type SharedTrie, type TrieCore } from './trie-core.ts';
import { type Phase, runTrieJob, shareTrieJob, type TrieCrew, type TrieJob } from './trie-job.ts';
import { TrieOutput } from './trie-output.ts';

/** The Merkle tries of the state: what they come to after blocks that are executed but not decided yet. */
export interface StateTrie {
  /**
   * State root of the head's state with `diff` on it. What this writes stays here under the root until
   * {@link StateTrie.apply}; of the last {@link MAX_OVERLAYS} roots. One at a time. `meanwhile`: work that this thread may do
   * while others are at the tries, in this order; it need not do any.
   *
   * @throws HeddleError `STATE_TRIE_DAMAGED`, `STATE_TRIE_TOO_LARGE`
   */
  root(diff: StateDiff, meanwhile?: readonly (() => void)[]): Promise<Hash>;
  /** What puts the nodes under `stateRoot` on disk, in this order; a root whose overlay was dropped is a bug. */
  operations(stateRoot: Hash): BatchOperation[];
  /** Those operations are on disk: the head moves there, and all overlays go. */
  apply(stateRoot: Hash): void;
}

/** Tries whose roots several threads can make together. */
export interface SharedStateTrie extends StateTrie {
  /** What a thread needs to help. */
  readonly shared: SharedTrie;
  /** From now on roots of many leaves are made together with `crew`. */
  employ(crew: TrieCrew): void;
}

/** Executed but undecided blocks whose nodes are kept. */
export const MAX_OVERLAYS = 8;
/** Changed leaves from which on calling the other workers pays. */
const MIN_SHARED_LEAVES = 128;
/** Accounts whose leaves are made at once: bounds the memory of a large genesis. */
const MAX_ACCOUNTS_AT_ONCE = 100_000;

/** A state: root of its account trie, and the root's node while that is in memory. */
interface TrieRoot {
  readonly hash: Hash;
  readonly node: number;
}

/** What one root writes. Two diffs of one root may differ in incarnations: then the outputs of both are kept. */
interface Overlay {
  node: number;
  readonly writes: { readonly diff: StateDiff; readonly outputs: readonly TrieOutput[] }[];
}

/** What one job made. */
interface MadeRoot {
  readonly root: TrieRoot;
  readonly output: TrieOutput;
}

/** What a diff changes, in portions that are made one after another. */
interface ChangedState {
  readonly portions: readonly (readonly ChangedAccount[])[];
  /** Accounts and slots. */
  readonly leafCount: number;
}

/**
 * The tries over `source`, whose head has `headStateRoot`. Nodes are stored by path, at the head only. `maxKeptBytes`: of
 * nodes in memory, but for those of the last roots.
 */
export function openStateTrie(
  source: KeyValueSource,
  headStateRoot: Hash,
  { maxKeptBytes = MAX_KEPT_BYTES }: { readonly maxKeptBytes?: number } = {},
): SharedStateTrie {
  return new PersistentTries(source, headStateRoot, maxKeptBytes);
}

class PersistentTries implements SharedStateTrie {
  readonly shared = createSharedTrie();
  readonly #source: KeyValueSource;
  readonly #core: TrieCore;
  readonly #space: NodeSpace;
  readonly #overlays = new Map<Hash, Overlay>();
  #head: TrieRoot;
  /** What the last job wrote, which the next one overwrites. */
  #last: TrieOutput | undefined;
  #crew: TrieCrew | undefined;

  constructor(source: KeyValueSource, headStateRoot: Hash, maxKeptBytes = MAX_KEPT_BYTES) {
    this.#source = source;
    this.#core = instantiateTrie(this.shared, 0, source);
    this.#core.memory.set(this.#core.layout.ACCOUNT_PREFIX, accountNodePrefix());
    this.#space = new NodeSpace(this.#core, maxKeptBytes);
    this.#head = { hash: headStateRoot, node: 0 };
  }

  employ(crew: TrieCrew): void {
    this.#crew = crew;
  }

  async root(diff: StateDiff, meanwhile: readonly (() => void)[] = []): Promise<Hash> {
    const changed = this.#begin(diff);
    const crew = this.#crew;
    if (crew === undefined || changed.leafCount < MIN_SHARED_LEAVES)
      return this.#finish(diff, this.#makeAlone(changed));
    const made: MadeRoot[] = [];
    let root = this.#head;
    for (const portion of changed.portions) {
      const besides = made.length === 0 ? meanwhile : [];
      made.push(this.#keep(await shareTrieJob(this.#core, crew, this.#job(root, portion), besides)));
      root = made.at(-1)?.root ?? root;
    }
    return this.#finish(diff, made);
  }

  /** As {@link StateTrie.root}, on this thread alone. */
  rootAlone(diff: StateDiff): Hash {
    return this.#finish(diff, this.#makeAlone(this.#begin(diff)));
  }

  operations(stateRoot: Hash): BatchOperation[] {
    const { writes } = this.#overlay(stateRoot);
    return writes.flatMap(({ outputs }) => outputs.flatMap((output) => output.operations()));
  }

  apply(stateRoot: Hash): void {
    this.#head = { hash: stateRoot, node: this.#overlay(stateRoot).node };
    this.#overlays.clear();
    this.#makeRoom();
  }

  #overlay(stateRoot: Hash): Overlay {
    const overlay = this.#overlays.get(stateRoot);
    assert(overlay !== undefined, `no trie nodes are kept for the state root ${stateRoot}`);
    return overlay;
  }

  #begin(diff: StateDiff): ChangedState {
    this.#makeRoom();
    const accounts = accountsOf(this.#source, diff);
    const portions: ChangedAccount[][] = [];
    for (let from = 0; from < accounts.length; from += MAX_ACCOUNTS_AT_ONCE) {
      portions.push(accounts.slice(from, from + MAX_ACCOUNTS_AT_ONCE));
    }
    return { portions, leafCount: accounts.length + slotCountOf(accounts) };
  }

  #makeAlone({ portions }: ChangedState): MadeRoot[] {
    let root = this.#head;
    return portions.map((portion) => {
      const made = this.#keep(runTrieJob(this.#core, this.#job(root, portion)));
      root = made.root;
      return made;
    });
  }

  #keep(made: MadeRoot): MadeRoot {
    this.#last = made.output;
    return made;
  }

  #finish(diff: StateDiff, made: readonly MadeRoot[]): Hash {
    const root = made.at(-1)?.root ?? this.#head;
    const overlay = this.#overlays.get(root.hash) ?? { node: 0, writes: [] };
    overlay.node = root.node;
    if (overlay.writes.some((known) => isSameDiff(known.diff, diff))) this.#last = undefined;
    else overlay.writes.push({ diff, outputs: made.map(({ output }) => output) });
    this.#overlays.delete(root.hash);
    this.#overlays.set(root.hash, overlay);
    for (const oldest of this.#overlays.keys()) {
      if (this.#overlays.size <= MAX_OVERLAYS) break;
      this.#overlays.delete(oldest);
    }
    return root.hash;
  }

  /** The tries on `before` with `accounts` changed: storage tries first, since accounts hold their roots. */
  #job(before: TrieRoot, accounts: readonly ChangedAccount[]): TrieJob<MadeRoot> {
    const core = this.#core;
    this.#last?.copy();
    return function* job(): Generator<Phase, MadeRoot, void> {
      const { layout, memory, steps } = core;
      const slotCount = slotCountOf(accounts);
      steps.beginState(accounts.length, slotCount);
      memory.refresh(steps.itemsEnd());
      yield {
        kind: layout.TASK_HASH,
        count: Math.ceil((accounts.length + slotCount) / layout.HASH_TASK_ITEMS),
        prepare: (offer) => {
          writeItemKeys(core, accounts, (items) => offer(Math.floor(items / layout.HASH_TASK_ITEMS)));
          writeItems(core, accounts);
        },
      };
      memory.setHex(layout.ROOT_HASH, before.hash);
      const head = steps.openHead(before.node, layout.ROOT_HASH);
      const storages = steps.listStorages();
      const big = memory.u32(layout.BIG_STORAGES);
      for (let index = 0; index < big; index++) {
        steps.beginBigStorage(index);
        yield { kind: layout.TASK_SUBTRIE, count: WAYS };
        steps.finishBigStorage(index);
      }
      yield { kind: layout.TASK_STORAGE, count: storages - big };
      steps.beginAccounts();
      yield { kind: layout.TASK_SUBTRIE, count: WAYS };
      const node = steps.finishAccounts();
      const hash = node === head ? before.hash : memory.hash(layout.ROOT_HASH);
      return { root: { node, hash }, output: new TrieOutput(core) };
    };
  }

  #makeRoom(): void {
    const holders = [...this.#overlays.values()];
    const roots = this.#space.collect([this.#head.node, ...holders.map(({ node }) => node)]);
    if (roots === undefined) return;
    const [head = 0, ...nodes] = roots;
    this.#head = { ...this.#head, node: head };
    for (const [index, overlay] of holders.entries()) overlay.node = nodes[index] ?? 0;
  }
}

const WAYS = 16;

/** Root of the account trie whose root node is stored in `source`. */
export function storedStateRoot(source: KeyValueSource): Hash {
  const root = source.getSync(accountNodePrefix());
  return root === undefined ? EMPTY_TRIE_ROOT : keccak256Hex(root);
}

/** The root of the state that `diff` makes of none, and the operations that store its tries. */
export function firstStateTrie(diff: StateDiff): { stateRoot: Hash; operations: BatchOperation[] } {
  const trie = new PersistentTries({ getSync: () => undefined }, EMPTY_TRIE_ROOT);
  const stateRoot = trie.rootAlone(diff);
  return { stateRoot, operations: trie.operations(stateRoot) };
}
