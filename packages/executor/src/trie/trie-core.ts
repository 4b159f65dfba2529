/// <reference path="../shared-memory/web-assembly.d.ts" />
import { readFileSync } from 'node:fs';
import { assert, bytesToHex } from '@heddle/primitives';
import { MemoryView } from '../shared-memory/memory-view.ts';
import type { KeyValueSource } from '../state/database.ts';
import { trieDamaged, trieTooLarge, trieUnaffordable } from '../state/state-errors.ts';

/** Names of the constants of assembly/trie/layout.ts that the host reads. */
const CONSTANTS = [
  'MAX_WORKERS',
  'JOB',
  'SPACE_START',
  'SPACE_TOP',
  'JOB_STATE',
  'JOB_NONE',
  'JOB_RUNS',
  'JOB_ABORTED',
  'TASK_HASH',
  'TASK_STORAGE',
  'TASK_SUBTRIE',
  'TASK_LEAVES',
  'TASK_RECEIPTS',
  'HASH_TASK_ITEMS',
  'LEAF_TASK_ITEMS',
  'EPOCH',
  'BIG_STORAGES',
  'ACCOUNT_PREFIX',
  'ROOT_HASH',
  'ITEM_KIND',
  'ITEM_PUT',
  'ITEM_STORAGE_MODE',
  'ITEM_HAS_CODE',
  'ITEM_CODE_HASH',
  'ITEM_BALANCE',
  'ITEM_NONCE',
  'ITEM_PREFIX',
  'ITEM_SLOTS',
  'ITEM_SLOT_COUNT',
  'ACCOUNT_ITEM_SIZE',
  'SLOT_ITEM_SIZE',
  'ADDRESS_TEXT_SIZE',
  'RECEIPT_HAS_ROOT',
  'RECEIPT_GAS_USED',
  'RECEIPT_ROOT',
  'RECEIPT_SIZE',
  'STORED_RECEIPTS',
  'BLOOM_SIZE',
  'ITEM_VALUE_SIZE',
  'ITEM_NIBBLES',
  'LEAF_ITEM_SIZE',
  'LEAF_HEADROOM',
  'ITEM_ACCOUNT',
  'ITEM_LEAF',
  'STORAGE_KEPT',
  'STORAGE_EMPTY',
  'CHUNK_NEXT',
  'CHUNK_USED',
  'CHUNK_RECORDS',
  'OUTPUT_KEY_SIZE',
  'OUTPUT_KEY',
  'RECORD_GOES',
] as const;

/** The constants of the tries' module by name; read from it, never repeated here. */
export type TrieLayout = Readonly<Record<(typeof CONSTANTS)[number], number>>;

/** The steps that the tries' module exports (assembly/trie/index.ts). Addresses are bytes, 0 is none. */
export interface TrieSteps {
  setWorker(index: number): void;
  reach(end: number): void;
  beginState(accounts: number, slots: number): void;
  slotItem(index: number): number;
  itemTexts(): number;
  itemsEnd(): number;
  openHead(node: number, hash: number): number;
  listStorages(): number;
  beginBigStorage(index: number): void;
  finishBigStorage(index: number): void;
  beginAccounts(): void;
  finishAccounts(): number;
  beginPhase(kind: number, count: number): void;
  offer(count: number): void;
  work(): void;
  isDone(): number;
  help(): void;
  setJobState(state: number): void;
  outputsOf(workerIndex: number): number;
  listLeaves(count: number): void;
  listValues(count: number): void;
  runResults(count: number): number;
  listReceipts(count: number, resultsEnd: number): number;
  uniteBlooms(): number;
  foldLeaves(): void;
  /** For tests. */
  updateLeaves(node: number, hash: number): number;
  beginCollection(maxAge: number): void;
  keep(node: number): number;
  finishCollection(): number;
}

/** What all threads share: the compiled module, and the memory that holds the nodes. Both may be handed to a thread. */
export interface SharedTrie {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** One thread's instance of the tries. */
export interface TrieCore {
  readonly layout: TrieLayout;
  readonly steps: TrieSteps;
  readonly memory: MemoryView;
}

// What the module declares (asconfig.trie.json); address space alone until pages are touched.
const INITIAL_PAGES = 128;
const MAXIMUM_PAGES = 32_768;

let compiled: WebAssembly.Module | undefined;

/** A memory for tries, empty. The module is compiled once a thread. */
export function createSharedTrie(): SharedTrie {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../../build/trie.wasm', import.meta.url)));
  return { module: compiled, memory: reserveMemory() };
}

function reserveMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
  } catch (error) {
    throw trieUnaffordable(MAXIMUM_PAGES >> 14, error);
  }
}

/** This thread's instance, as worker `workerIndex`, which reads nodes that are not in memory from `source`. */
export function instantiateTrie({ module, memory }: SharedTrie, workerIndex: number, source: KeyValueSource): TrieCore {
  const view = new MemoryView(memory);
  const imports = {
    memory,
    read(key: number, keySize: number, target: number, capacity: number): number {
      const record = source.getSync(view.copy(key, keySize));
      if (record === undefined) return -1;
      if (record.length > capacity) imports.damaged(key, keySize, 0);
      view.set(target, record);
      return record.length;
    },
    damaged(key: number, keySize: number, isMissing: number): never {
      const what = isMissing === 0 ? 'has other content' : 'is missing';
      throw trieDamaged(`a node ${what} (key ${bytesToHex(view.copy(key, keySize))})`);
    },
    leafMissing(): never {
      throw trieDamaged('an account of the flat state has no leaf in the account trie');
    },
    full(): never {
      throw trieTooLarge();
    },
  };
  const instance = new WebAssembly.Instance<TrieSteps & Readonly<Record<string, unknown>>>(module, { env: imports });
  const { exports: steps } = instance;
  const layout = Object.fromEntries(CONSTANTS.map((name) => [name, constantOf(steps, name)])) as TrieLayout;
  steps.setWorker(workerIndex);
  return { layout, steps, memory: view };
}

function constantOf(exports: Readonly<Record<string, unknown>>, name: string): number {
  const exported = exports[name];
  assert(exported instanceof WebAssembly.Global, `the tries' module exports the constant ${name}`);
  return (exported.value as number) >>> 0;
}
