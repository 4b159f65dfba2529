import { assert, bytesToHex } from '@heddle/primitives';
import type { FrameEnd, FrameKind, FrameStart, Step, StepEnd, StorageAccess, Tracer } from '../../tracer.ts';
import { FRAME_KINDS, STORAGE_KINDS } from '../traced-opcodes.ts';
import type { EvmCore, TraceImports } from './evm-core.ts';
import type { EvmMemory } from './evm-memory.ts';
import { haltWords } from './read-result.ts';
import type { StatePort } from './state-port.ts';

/** What the traced module reports (assembly/evm/trace.ts), handed to a {@link Tracer}. */
export class TracePort {
  readonly #tracer: Tracer;
  readonly #state: StatePort;
  #core: EvmCore | undefined;
  #step: CurrentStep | undefined;
  /** Whether the last step has no end yet; it is one of the innermost frame then. */
  #isPending = false;
  /** As the last operation left it that did not fail. */
  #refund = 0n;

  /** What the tracer throws ends the run by `state`. */
  constructor(tracer: Tracer, state: StatePort) {
    this.#tracer = tracer;
    this.#state = state;
  }

  /** Says whom the port serves, before any run. */
  serve(core: EvmCore): void {
    this.#core = core;
    this.#step = new CurrentStep(core.memory);
  }

  /** What the module imports. None of them throws into it. */
  readonly imports: TraceImports = {
    step: (pc, opcode, gas, depth, sp, height, memory, memorySize) => {
      const step = this.#current();
      Object.assign(step, { pc, opcode, gas, depth, stackSize: height, memorySize: memorySize >>> 0 });
      step.stackTop = sp >>> 0;
      step.memoryStart = memory >>> 0;
      this.#isPending = true;
      this.#tell(() => this.#tracer.step(step));
      const { layout } = this.#served();
      return this.#state.hasFailed() ? layout.HOST_FAILED : layout.HOST_PRESENT;
    },
    stepPaid: (gasLeft, refund) => {
      const { depth, gas } = this.#current();
      this.#refund = refund;
      if (this.#isPending) this.#endStep({ depth, gasCost: gas - gasLeft, refund, error: undefined });
    },
    frameStart: (isCreation, depth, caller, address, code, value, input, inputSize, gas) => {
      if (depth === 0) this.#isPending = false; // of a run that ended half-way
      const { memory } = this.#served();
      const start: FrameStart = {
        depth,
        kind: this.#kindOf(depth, isCreation !== 0),
        caller: memory.address(caller >>> 0),
        address: memory.address(address >>> 0),
        codeAddress: memory.address(code >>> 0),
        value: memory.word(value >>> 0),
        gas,
        input: () => memory.copy(input >>> 0, inputSize >>> 0),
      };
      this.#tell(() => this.#tracer.frameStart(start));
    },
    frameEnd: (depth, halt, opcode, gasLeft, output, outputSize) => {
      const { memory, layout } = this.#served();
      const error = haltWords(layout, halt, opcode);
      if (this.#isPending) this.#endStep({ depth, gasCost: this.#current().gas, refund: this.#refund, error });
      const end: FrameEnd = { depth, gasLeft, error, output: () => memory.copy(output >>> 0, outputSize >>> 0) };
      this.#tell(() => this.#tracer.frameEnd(end));
    },
    storage: (address, key, value) => {
      const { memory } = this.#served();
      const kind = STORAGE_KINDS[this.#current().opcode];
      assert(kind !== undefined, 'an operation on storage reads or writes a slot');
      const access: StorageAccess = {
        kind,
        address: memory.address(address >>> 0),
        slot: bytesToHex(memory.wordBytes(key >>> 0)),
        value: bytesToHex(memory.wordBytes(value >>> 0)),
      };
      this.#tell(() => this.#tracer.storage(access));
    },
  };

  #endStep(end: StepEnd): void {
    this.#isPending = false;
    this.#tell(() => this.#tracer.stepEnd(end));
  }

  #kindOf(depth: number, isCreation: boolean): FrameKind {
    if (depth === 0) return isCreation ? 'CREATE' : 'CALL';
    const kind = FRAME_KINDS[this.#current().opcode];
    assert(kind !== undefined, 'an operation that opens a frame calls or creates');
    return kind;
  }

  /** After its first error a tracer hears no more of the run. */
  #tell(report: () => void): void {
    if (this.#state.hasFailed()) return;
    try {
      report();
    } catch (error) {
      this.#state.fail(error);
    }
  }

  #current(): CurrentStep {
    assert(this.#step !== undefined, 'the port serves an instance of the EVM');
    return this.#step;
  }

  #served(): EvmCore {
    assert(this.#core !== undefined, 'the port serves an instance of the EVM');
    return this.#core;
  }
}

const WORD_BYTES = 32;

/** The last step, one object for all: a profiler looks at millions. */
class CurrentStep implements Step {
  readonly #memory: EvmMemory;
  pc = 0;
  opcode = 0;
  gas = 0n;
  depth = 0;
  stackSize = 0;
  memorySize = 0;
  /** Where the top of the stack lies. */
  stackTop = 0;
  /** Where the memory of its frame lies. */
  memoryStart = 0;

  constructor(memory: EvmMemory) {
    this.#memory = memory;
  }

  readonly peek = (below: number): bigint => {
    assert(below < this.stackSize, 'a step is asked for words that are on its stack');
    return this.#memory.word(this.stackTop - below * WORD_BYTES);
  };

  readonly stack = (): bigint[] =>
    Array.from({ length: this.stackSize }, (_, index) => this.peek(this.stackSize - 1 - index));

  readonly memory = (): Uint8Array => this.#memory.copy(this.memoryStart, this.memorySize);
}
