import {
  type CreateEngine,
  flatStateOperations,
  genesisOperations,
  headState,
  openStateTrie,
  type SharedStateTrie,
  type StateDiff,
  type StateReader,
} from '@heddle/executor';
import {
  assert,
  type Block,
  type ExecutionRules,
  type GenesisAccount,
  type Hash,
  hashHeader,
  isActive,
} from '@heddle/primitives';
import { type AcceptedBlock, createBlockProcessor } from './block-processor.ts';
import type { ChainConfig } from './chain-config.ts';
import { createForkExecutors } from './fork-executors.ts';
import type { ParentBlock } from './header-rules.ts';
import { MemoryStore } from './memory-store.ts';
import type { Refusal } from './refusal.ts';
import type { Speculation } from './speculation.ts';

/** What a chain begins with. */
export interface ChainStart {
  readonly config: ChainConfig;
  readonly alloc: readonly GenesisAccount[];
  readonly genesis: Block;
}

/** Chains that are nowhere but in memory, one after another; they share the engines, which take long to make. */
export interface MemoryChains {
  /** A new chain. The one before it is of no use any more. */
  begin(start: ChainStart): MemoryChain;
}

/** One of them. */
export interface MemoryChain {
  /** Root of the state after the alloc, which the genesis header should name. */
  readonly genesisStateRoot: Hash;
  readonly head: () => ParentBlock;
  /** The state after the head, or what `diff` would make of it. */
  state(diff?: StateDiff): StateReader;
  /** Puts the block with this RLP on the head when the rules allow it. */
  add(bytes: Uint8Array): Promise<AcceptedBlock | Refusal>;
}

/** Makes chains in memory, whose blocks are executed plainly, or as `speculation` has it. */
export function createMemoryChains(createEngine: CreateEngine, speculation?: Speculation): MemoryChains {
  let current: World | undefined;
  const world = () => {
    assert(current !== undefined, 'a chain was begun');
    return current;
  };
  const readBlockHash = (number: number) => world().blocks.get(number)?.hash;
  const plain = createForkExecutors({
    createEngine,
    state: headState({ getSync: (key) => world().store.getSync(key) }),
    trie: {
      root: (diff) => world().trie.root(diff),
      operations: (stateRoot) => world().trie.operations(stateRoot),
      apply: (stateRoot) => world().trie.apply(stateRoot),
    },
    readBlockHash,
  });
  const speculative = speculation?.over({ store: () => world().store, trie: () => world().trie, readBlockHash });
  const executorsFor = ({ fork }: ExecutionRules) =>
    speculative !== undefined && isActive(fork, 'byzantium') ? speculative : plain; // before, receipts hold roots
  return {
    begin({ config, alloc, genesis }) {
      const { stateRoot, operations } = genesisOperations(alloc);
      const store = new MemoryStore();
      store.write(operations);
      const { header } = genesis;
      const first: ParentBlock = { header, hash: hashHeader(header), totalDifficulty: header.difficulty };
      const begun = new World(store, openStateTrie(store, stateRoot), first, genesis);
      current = begun;
      const processor = createBlockProcessor({
        config,
        readAncestor: (number) => begun.blocks.get(number),
        execute: (rules, request) => executorsFor(rules).execute(rules, request),
      });
      return {
        genesisStateRoot: stateRoot,
        head: () => begun.head,
        state: (diff) => headState(diff === undefined ? begun.store : changed(begun.store, diff)),
        async add(bytes) {
          assert(begun === current, 'another chain was begun');
          const verdict = await processor.process(bytes, begun.head);
          if (verdict.status === 'accepted') begun.put(verdict);
          return verdict;
        },
      };
    },
  };
}

function changed(store: MemoryStore, diff: StateDiff): MemoryStore {
  const copy = new MemoryStore();
  copy.write(store.records());
  copy.write(flatStateOperations(copy, diff));
  return copy;
}

class World {
  readonly store: MemoryStore;
  readonly trie: SharedStateTrie;
  readonly blocks = new Map<number, { readonly hash: Hash; readonly block: Block }>();
  head: ParentBlock;

  constructor(store: MemoryStore, trie: SharedStateTrie, head: ParentBlock, genesis: Block) {
    this.store = store;
    this.trie = trie;
    this.head = head;
    this.blocks.set(head.header.number, { hash: head.hash, block: genesis });
  }

  put(accepted: AcceptedBlock): void {
    const { header, hash, block, result } = accepted;
    this.store.write(flatStateOperations(this.store, result.diff));
    this.store.write(this.trie.operations(result.stateRoot));
    this.trie.apply(result.stateRoot);
    this.blocks.set(header.number, { hash, block });
    this.head = { header, hash, totalDifficulty: accepted.totalDifficulty };
  }
}
