/// <reference path="./web-assembly.d.ts" />
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { assert } from '@heddle/primitives';
import { MemoryView } from './memory-view.ts';

/** Names of the core's exported constants that the host reads: offsets of assembly/layout.ts, states and verdicts. */
const CONSTANTS = [
  'FRONTIER',
  'WINDOW',
  'TX_TABLE',
  'ROW_STRIDE',
  'EVENTS',
  'TOKEN',
  'WAITERS',
  'POOL_TOP',
  'DYNAMIC_START',
  'HASH_FACTORS',
  'CACHE_LOCKS',
  'CACHE_HIT',
  'CACHE_REFUSED',
  'MAX_CACHE_SETS',
  'CELL_VALUE',
  'CELL_CODE',
  'CELL_PINS',
  'CELL_NONCE',
  'CELL_INCARNATION',
  'CELL_EXISTS',
  'CELL_HAS_STORAGE',
  'WORKER_CACHE_HITS',
  'WORKER_CACHE_MISSES',
  'HEAD_LOCK',
  'STOP',
  'TX_COUNT',
  'POOL_END',
  'LOCATION_MASK',
  'BENEFICIARY',
  'ENVIRONMENT',
  'ENVIRONMENT_SIZE',
  'TRANSFER_TYPES',
  'CHAIN_ID',
  'TRANSACTION_GAS_CAP',
  'BASE_FEE',
  'FAILED_TX',
  'MODE',
  'MODE_EXECUTE',
  'MODE_BUILD',
  'SPECULATES_FIRST',
  'IS_SERIAL',
  'STOP_DONE',
  'STOP_INVALID',
  'STOP_CANCELLED',
  'STOP_RESTART',
  'STOP_CRASHED',
  'WORKER_ABSENT',
  'WORKER_PARKED',
  'WORKER_ASSIGNED',
  'WORKER_CALLED',
  'WORKER_RUNNING',
  'WORKER_DEAD',
  'WORKER_CLOSING',
  'ZERO_WORD',
  'RECORD_VALUE',
  'RECORD_NEXT',
  'TX_BLOCK_START',
  'HEAD_COMMITTED',
  'HEAD_VERSIONS',
  'HEAD_BASE',
  'HEAD_LOSSES',
  'HEAD_LISTED',
  'HEAD_ENTRY',
  'HEAD_FIELD',
  'HEAD_SIZE',
  'FIELD_BALANCE',
  'FIELD_NONCE',
  'FIELD_CODE',
  'FIELD_GENERATION',
  'FIELD_SLOT',
  'ENTRY_ACCOUNT',
  'ENTRY_BASE_KNOWN',
  'ENTRY_BASE_EXISTS',
  'ENTRY_BASE_HAS_STORAGE',
  'ENTRY_BASE_INCARNATION',
  'ENTRY_ADDRESS',
  'ENTRY_SLOT',
  'ENTRY_HEADS',
  'GENERATION_POSITION',
  'GENERATION_PRESENT',
  'POSITION_OFFSET',
  'SEGMENT_NEXT',
  'SEGMENT_COUNT',
  'SEGMENT_ITEMS',
  'ITEM_SIZE',
  'ITEM_HEAD',
  'ITEM_KIND',
  'ITEM_RECORD',
  'ITEM_CHANGED',
  'READ_EXACT',
  'READ_NONCE_IS',
  'WRITE_SET',
  'WRITE_ADD',
  'ROW_STATUS',
  'STATE_READY',
  'STATE_EXECUTED',
  'STATE_COMMITTED',
  'STATE_LEFT_OUT',
  'ROW_RUNS',
  'ROW_KIND',
  'ROW_WAS_DEFERRED',
  'KINDS',
  'KIND_COUNT',
  'KINDS_KNOWN',
  'AT_ODDS',
  'SHARED_DEPTH',
  'ROW_SPECULATIVE_RUNS',
  'ROW_PAYLOAD',
  'ROW_PAYLOAD_SIZE',
  'ROW_SENDER',
  'ROW_GAS_LIMIT',
  'ROW_GAS_USED',
  'ROW_FEE',
  'ROW_READS',
  'ROW_WRITES',
  'ROW_RESULT',
  'ROW_RESULT_SIZE',
  'ROW_RUN_MS',
  'ROW_VERDICT',
  'ROW_LAST_WORKER',
  'OUTCOME_EXECUTED',
  'OUTCOME_INVALID',
  'OUTCOME_FAILED',
  'OUTCOME_UNREADABLE',
  'OUTCOME_STARVED',
  'VERDICT_COMMITTED',
  'VERDICT_INVALID',
  'VERDICT_GAS',
  'VERDICT_SIZE',
  'VERDICT_TIME',
  'VERDICT_TOO_SLOW',
  'VERDICT_FAILED',
  'VERDICT_MEMORY',
  'CODE_SIZE',
  'CODE_BYTES',
  'TASK_NONE',
  'TASK_STOP',
  'TRANSFER_OTHER',
  'TRANSFER_OVER',
  'MAX_WORKERS',
  'MAX_SPECULATIVE_RUNS',
  'MUTATION_SKIP_VALUE_CHECK',
  'MUTATION_KEEP_STALE_VERSION',
  'MUTATION_IGNORE_WIPE',
  'MUTATION_ASSUME_AUTHORITY_NONCE',
  'MUTATION_READ_FEE',
  'MUTATION_TRUST_FUNDS',
  'MUTATION_TRUST_SUMS',
  'MUTATION_KEEP_OLD_STATE',
  'MUTATION_EVICT_PINNED',
] as const;

/** A constant of the core. */
export type CoreConstant = (typeof CONSTANTS)[number];
/** The core's constants by name; read from the compiled module, never repeated here. */
export type Layout = Readonly<Record<CoreConstant, number>>;

/** The steps that the core exports. Addresses are bytes in the shared memory, 0 is none; booleans are 0 or 1. */
export interface CoreSteps {
  setWorker(index: number): void;
  plantMutation(mutation: number): void;
  planted(mutation: number): number;
  workerStateAddress(index: number): number;
  scratchAddress(index: number): number;
  memoryNeeded(txCount: number, payloadSize: number, gas: number): number;
  beginBlock(
    mode: number,
    number: number,
    txCount: number,
    payloadSize: number,
    gasLimit: number,
    gas: number,
    window: number,
  ): void;
  limitBuild(sizeLimit: number, deadline: number, budgetMs: number): void;
  addTransaction(tx: number, size: number, sizeBytes: number): number;
  setBeneficiary(entry: number): void;
  enterBlock(): void;
  allocate(size: number): number;
  useReserve(allowed: number): number;
  /** Draws what hashes of locations depend on, and no result; once for a memory, before anything else. */
  seedHashes(seed: bigint): void;
  internAccount(address: number): number;
  internSlot(account: number, slot: number): number;
  publishBase(head: number, value: number): number;
  hasAccountBase(entry: number): number;
  hasSlotBase(head: number): number;
  ownScratch(): number;
  peek(address: number): bigint;
  poke(address: number, bytes: bigint): void;
  openCache(sets: number): void;
  dropCache(): void;
  loadAccount(entry: number): number;
  keepAccount(entry: number): void;
  loadSlot(head: number): number;
  keepSlot(head: number): void;
  findAccountCell(address: number): number;
  makeAccountCell(address: number): number;
  findSlotCell(address: number, slot: number, incarnation: number): number;
  makeSlotCell(address: number, slot: number, incarnation: number): number;
  committedRecord(head: number): number;
  slotValue(record: number, generation: number): number;
  next(now: number): number;
  runTransfer(now: number): number;
  describe(gasLimit: number): number;
  readAtLeast(head: number, operand: number): number;
  readExact(head: number): number;
  readSlot(head: number, generation: number): number;
  readPredicate(head: number, kind: number, operand: number): number;
  write(head: number, kind: number, value: number): number;
  isFinalRun(): number;
  isUnwanted(now: number): number;
  currentRow(): number;
  rowAt(tx: number): number;
  abandonRun(now: number): void;
  noteWant(row: number): void;
  forgetRun(): void;
  giveBackClaim(now: number): void;
  finishRun(outcome: number, gasUsed: number, fee: number, result: number, resultSize: number, now: number): number;
  beginSystemRun(tx: number, row: number): void;
  commitSystemRun(): number;
  makeCode(hash: number, size: number): number;
  publishCode(node: number): void;
  findCode(hash: number): number;
  stopBlock(reason: number): void;
  stopReason(): number;
  signal(): void;
}

/** What the compiled module exports; its constants are judged when they are read. */
export type CoreExports = CoreSteps & Readonly<Record<CoreConstant, unknown>>;

/** What all threads share: the compiled core, and its memory. Both may be handed to a worker thread. */
export interface SharedCore {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** A fault that a test plants; 0 but in tests, and without effect in the shipped build. */
  readonly mutation: number;
}

/** One thread's instance of the core. */
export interface Core {
  readonly workerIndex: number;
  readonly layout: Layout;
  readonly steps: CoreSteps;
  readonly memory: MemoryView;
  /** Keys and values on their way to the core: 64 bytes of key first, then values. */
  readonly scratch: number;
}

/** Which build of the core: `debug` asserts its invariants and can be planted with faults. */
export type CoreBuild = 'release' | 'debug';

const FILES: Readonly<Record<CoreBuild, string>> = { release: 'core.wasm', debug: 'core.debug.wasm' };

// What the module declares (asconfig.json); address space alone until pages are touched.
const INITIAL_PAGES = 16;
const MAXIMUM_PAGES = 32_768;
/** WebAssembly's page, the unit in which the shared memory grows. Fixed by its specification. */
export const PAGE_SIZE_BYTES = 65_536;

/** Compiles the core and makes the memory that all threads share. */
export async function loadSharedCore(build: CoreBuild = 'release', mutation = 0): Promise<SharedCore> {
  const bytes = await readFile(new URL(`../../build/${FILES[build]}`, import.meta.url));
  const module = await WebAssembly.compile(bytes);
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
  const shared = { module, memory, mutation };
  instantiateCore(shared, 0).steps.seedHashes(randomBytes(8).readBigInt64LE());
  return shared;
}

/** This thread's instance, as worker `workerIndex`. Once a thread. */
export function instantiateCore({ module, memory, mutation }: SharedCore, workerIndex: number): Core {
  const fail = (code: number) => assert(false, `the core's invariant ${code} holds (assembly/debug.ts)`);
  const { exports: steps } = new WebAssembly.Instance<CoreExports>(module, { env: { memory, fail } });
  const layout = readLayout(steps);
  steps.setWorker(workerIndex);
  if (mutation !== 0) steps.plantMutation(mutation);
  return { workerIndex, layout, steps, memory: new MemoryView(memory), scratch: steps.scratchAddress(workerIndex) };
}

/** The constants that the compiled module exports. */
export function readLayout(exports: CoreExports): Layout {
  return Object.fromEntries(CONSTANTS.map((name) => [name, constantOf(exports, name)])) as Layout;
}

function constantOf(exports: CoreExports, name: CoreConstant): number {
  const exported = exports[name];
  assert(exported instanceof WebAssembly.Global, `the core exports the constant ${name}`);
  return exported.value as number;
}
