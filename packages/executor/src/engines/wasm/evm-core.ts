/// <reference path="../../shared-memory/web-assembly.d.ts" />
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assert } from '@heddle/primitives';
import type { CoreSteps } from '../../shared-memory/core.ts';
import { type EvmConstant, type EvmLayout, readEvmLayout } from './evm-layout.ts';
import { EvmMemory } from './evm-memory.ts';

/** The steps that the module exports (assembly/evm/index.ts). Addresses are bytes of its memory, 0 is none. */
export interface EvmSteps {
  setup(arena: number, end: number, seed: bigint): void;
  beginBlock(): void;
  reserveOutput(size: number): number;
  reserveTransaction(size: number): number;
  runTransaction(): number;
  runCall(): number;
  beginSystemRun(): void;
  payOut(): number;
  reserveInput(size: number): number;
  runSystemCall(): number;
  settleSystemRun(): number;
  firstAccount(): number;
  runOnCore(keptBytes: number): number;
  heldTransaction(): number;
  voidReason(): number;
  endsRunAlone(): number;
}

/** What the module asks of its host (assembly/evm/host.ts): none of it throws. Unsigned numbers arrive as signed ones. */
export interface EvmImports {
  readAccount(address: number): number;
  readSender(address: number, nonce: bigint): number;
  readSlot(address: number): number;
  hasStorage(address: number): number;
  readCode(hash: number): number;
  takeCode(target: number): void;
  readBlockHash(number: bigint): number;
  precompile(address: number, input: number, size: number, gas: bigint): number;
  isAbandoned(): number;
  now(): number;
  loadAccountBase(entry: number): number;
  loadSlotBase(head: number): number;
  publishCode(hash: number, bytes: number, size: number): number;
  placeAuthorizations(tx: number, place: number): number;
}

/** The steps of the core that the module calls by itself (assembly/evm/core.ts). */
const CORE_STEPS = [
  'peek',
  'poke',
  'ownScratch',
  'allocate',
  'next',
  'runTransfer',
  'currentRow',
  'describe',
  'isFinalRun',
  'isUnwanted',
  'internAccount',
  'internSlot',
  'hasAccountBase',
  'hasSlotBase',
  'readAtLeast',
  'readExact',
  'readSlot',
  'readPredicate',
  'write',
  'noteWant',
  'forgetRun',
  'abandonRun',
  'finishRun',
  'giveBackClaim',
] as const satisfies readonly (keyof CoreSteps)[];

/** What the traced build reports to its host (assembly/evm/trace.ts): none of it throws either. */
export interface TraceImports {
  step(
    pc: number,
    opcode: number,
    gas: bigint,
    depth: number,
    stackTop: number,
    stackSize: number,
    memory: number,
    memorySize: number,
  ): number;
  stepPaid(gasLeft: bigint, refund: bigint): void;
  frameStart(
    isCreation: number,
    depth: number,
    caller: number,
    address: number,
    code: number,
    value: number,
    input: number,
    inputSize: number,
    gas: bigint,
  ): void;
  frameEnd(depth: number, halt: number, opcode: number, gasLeft: bigint, output: number, outputSize: number): void;
  storage(address: number, key: number, value: number): void;
}

/** One thread's instance of the EVM, with a memory of its own. */
export interface EvmCore {
  readonly layout: EvmLayout;
  readonly steps: EvmSteps;
  readonly memory: EvmMemory;
  /** Where the areas of the instance lie that host and module share. */
  readonly exchange: number;
  readonly block: number;
  readonly transaction: number;
  readonly message: number;
  readonly result: number;
}

type EvmExports = EvmSteps & Readonly<Record<EvmConstant, unknown>>;

// What the module declares (asconfig.evm.json).
const INITIAL_PAGES = 16;
const MAXIMUM_PAGES = 32_768;
const PAGE_SIZE_BYTES = 65_536;
/** Above the module's static data and the scratch of its hashes. */
const ARENA = 0x8000;

/** The builds that this thread has compiled, each once, by their files. */
const compiled = new Map<string, WebAssembly.Module>();

/** What an instance may be made for. */
export interface EvmPurpose {
  /** The core whose transactions it is to run. */
  readonly core?: CoreSteps | undefined;
  /** Where it reports each step, at a fraction of the speed. */
  readonly trace?: TraceImports | undefined;
}

/** An instance that asks `imports`. */
export function createEvmCore(imports: EvmImports, { core, trace }: EvmPurpose = {}): EvmCore {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });
  const { exports: steps } = new WebAssembly.Instance<EvmExports>(
    compile(trace === undefined ? 'evm.wasm' : 'evm.traced.wasm'),
    {
      env: { memory },
      host: { ...imports },
      // Handed over as they are: calls between instances then cost as little as inside of one.
      core: Object.fromEntries(CORE_STEPS.map((name) => [name, core?.[name] ?? missing])),
      ...(trace && { trace: { ...trace } }),
    },
  );
  const layout = readEvmLayout(steps);
  steps.setup(ARENA, MAXIMUM_PAGES * PAGE_SIZE_BYTES - 1, randomBytes(8).readBigInt64LE());
  return {
    layout,
    steps,
    memory: new EvmMemory(memory),
    exchange: ARENA + layout.EXCHANGE,
    block: ARENA + layout.BLOCK,
    transaction: ARENA + layout.TRANSACTION,
    message: ARENA + layout.MESSAGE,
    result: ARENA + layout.RESULT,
  };
}

function compile(file: string): WebAssembly.Module {
  const known = compiled.get(file);
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(readFileSync(new URL(`../../../build/${file}`, import.meta.url)));
  compiled.set(file, module);
  return module;
}

function missing(): never {
  assert(false, 'an instance runs on the core that it was made for');
}
