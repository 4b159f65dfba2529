import type { EVMResult, InterpreterStep, Message } from '@ethereumjs/evm';
import { assert, bigIntToBytesOfSize, bytesToHex, EMPTY_BYTES, type Hex } from '@heddle/primitives';
import type { Step, StepEnd, Tracer } from '../../tracer.ts';
import { HALT_WORDS } from '../halt-words.ts';
import { FRAME_KINDS, STORAGE_KINDS } from '../traced-opcodes.ts';
import type { EVM, Address as EvmAddress, ExecResult } from './ethereumjs.ts';
import { haltReason } from './halt-reason.ts';

const CREATIONS = new Set([0xf0, 0xf5]);
const STOP = 0x00;
const RETURN = 0xf3;
const REVERT = 0xfd;
const SELFDESTRUCT = 0xff;
const ENDS: ReadonlySet<number> = new Set([STOP, RETURN, REVERT, SELFDESTRUCT]);

type RunState = NonNullable<ExecResult['runState']>;

interface OpenFrame {
  readonly message: Message;
  /** What is left of the refund counter when it fails. */
  readonly refund: bigint;
  /** Of the operation that ran last in it; undefined: it ran none. */
  opcode: number | undefined;
}

type PendingStep = Pick<StepEnd, 'depth' | 'gasCost'> & {
  refund: bigint;
  readonly pc: number;
  readonly gas: bigint;
  readonly opcode: number;
  readonly address: Hex;
  readonly stack: readonly bigint[];
};

/**
 * The events of an EVM of `@ethereumjs`, told to a {@link Tracer}. They come before an operation, with its price worked out:
 * the end of a step is told when the next event shows that it did not fail.
 */
export class TraceEvents {
  readonly #tracer: Tracer;
  readonly #keepsGas: boolean;
  #frames: OpenFrame[] = [];
  #pending: PendingStep | undefined;
  /** A creation whose address is not known yet, with its init code. */
  #creation: { readonly message: Message; readonly code: Uint8Array } | undefined;
  /** As the last operation left it that did not fail. */
  #refund = 0n;
  /** What the transaction's authorizations give back, which the EVM does not know of (EIP-7702). */
  #refundBefore = 0n;

  /** `keepsGas`: calls hand on all but one 64th of the gas, and no more (EIP-150). */
  constructor(tracer: Tracer, { keepsGas }: { readonly keepsGas: boolean }) {
    this.#tracer = tracer;
    this.#keepsGas = keepsGas;
  }

  /** Hears of everything that `evm` runs. */
  listen({ events }: EVM): void {
    events.on('beforeMessage', (message) => this.#beginFrame(message));
    events.on('newContract', ({ address }) => this.#beginCreation(address));
    events.on('step', (step) => this.#beginStep(step));
    events.on('afterMessage', (result) => this.#endFrame(result));
  }

  /** Begins a transaction's or a call's outermost message, whose authorizations gave `refund` back. */
  begin(refund: bigint): void {
    this.#frames = [];
    this.#pending = undefined;
    this.#creation = undefined;
    this.#refundBefore = refund;
    this.#refund = refund;
  }

  #beginFrame(message: Message): void {
    this.#endStep(undefined);
    if (message.to === undefined) this.#creation = { message, code: message.data };
    else this.#startFrame(message, message.to, message.data);
  }

  #beginCreation(address: EvmAddress): void {
    if (this.#creation === undefined) return;
    const { message, code } = this.#creation;
    this.#creation = undefined;
    this.#startFrame(message, address, code);
  }

  #startFrame(message: Message, to: EvmAddress, input: Uint8Array): void {
    const { depth, gasLimit } = message;
    const address = hexOf(to);
    const isCreation = message.to === undefined || input !== message.data;
    const kind = depth === 0 ? undefined : FRAME_KINDS[this.#frames.at(-1)?.opcode ?? STOP];
    this.#frames.push({ message, refund: this.#refund, opcode: undefined });
    this.#tracer.frameStart({
      depth,
      kind: kind ?? (isCreation ? 'CREATE' : 'CALL'),
      caller: hexOf(message.caller),
      address,
      codeAddress: isCreation ? address : hexOf(message.codeAddress),
      value: message.value,
      gas: gasLimit,
      input: () => input,
    });
  }

  #beginStep(event: InterpreterStep): void {
    this.#endStep(event.stack);
    const frame = this.#frames.at(-1);
    assert(frame?.message.code instanceof Uint8Array, 'steps are of a message with code');
    const opcode = frame.message.code[event.pc] ?? STOP; // the event names all that are undefined 0xfe
    frame.opcode = opcode;
    this.#pending = {
      depth: event.depth,
      pc: event.pc,
      gas: event.gasLeft,
      gasCost: this.#costOf(event),
      refund: this.#refundBefore + event.gasRefund,
      opcode,
      address: hexOf(event.address),
      stack: event.stack,
    };
    this.#tracer.step(stepOf(event, opcode));
  }

  /** The price, with what a call hands on: the least of what it asks for and what it may have. */
  #costOf({ opcode, gasLeft, stack }: InterpreterStep): bigint {
    const price = opcode.dynamicFee ?? BigInt(opcode.fee);
    if (FRAME_KINDS[opcode.code] === undefined || CREATIONS.has(opcode.code)) return price;
    const left = gasLeft - price;
    const most = this.#keepsGas ? left - left / 64n : left;
    const wanted = stack.at(-1) ?? 0n;
    return price + (wanted < most ? wanted : most);
  }

  /** The last step did not fail; `stackAfter` is known where it opened no frame. */
  #endStep(stackAfter: readonly bigint[] | undefined): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const { depth, gasCost, refund } = pending;
    this.#tellStorage(pending, stackAfter);
    this.#refund = refund;
    this.#tracer.stepEnd({ depth, gasCost, refund, error: undefined });
  }

  #tellStorage({ opcode, address, stack }: PendingStep, stackAfter: readonly bigint[] | undefined): void {
    const kind = STORAGE_KINDS[opcode];
    if (kind === undefined) return;
    const isRead = kind === 'read' || kind === 'transientRead';
    const value = isRead ? stackAfter?.at(-1) : stack.at(-2);
    this.#tracer.storage({ kind, address, slot: word(stack.at(-1)), value: word(value) });
  }

  #endFrame({ execResult, createdAddress }: EVMResult): void {
    if (createdAddress !== undefined) this.#beginCreation(createdAddress); // of a collision
    const frame = this.#frames.at(-1);
    assert(frame !== undefined, 'a message that ends has begun');
    const { runState, gasRefund } = execResult;
    const isPaid = this.#isPaid(runState);
    const reason = haltReason(execResult);
    // Stock has one word for a frame out of gas, and for one that cannot pay for the code that it made.
    const error = isPaid && reason === HALT_WORDS.outOfGas ? HALT_WORDS.codeStoreOutOfGas : reason;
    if (error === undefined && gasRefund !== undefined && this.#pending !== undefined) {
      this.#pending.refund = this.#refundBefore + gasRefund; // to which SELFDESTRUCT added after its event
    }
    if (error !== undefined && !isPaid) this.#failStep(frame, runState, error);
    else if (runState !== undefined) this.#endLastStep(frame, runState);
    this.#frames.pop();
    if (error !== undefined) this.#refund = frame.refund;
    const hasOutput = error === undefined || error === HALT_WORDS.reverted;
    this.#tracer.frameEnd({
      depth: frame.message.depth,
      gasLeft: frame.message.gasLimit - execResult.executionGasUsed,
      error,
      output: () => (hasOutput ? execResult.returnValue : EMPTY_BYTES),
    });
  }

  /** Whether the last operation ended its frame and did not fail, whatever became of the frame. */
  #isPaid(runState: RunState | undefined): boolean {
    const pending = this.#pending;
    return (pending?.opcode === RETURN || pending?.opcode === REVERT) && runState?.programCounter !== pending.pc;
  }

  #failStep(frame: OpenFrame, runState: RunState | undefined, error: string): void {
    const pending = this.#pending;
    // Of a REVERT that lacks its operands there is no event: stock stumbles over them while it makes it.
    if (runState?.opCode === REVERT && pending?.pc !== runState.programCounter) {
      this.#endStep(runState.stack.getStack());
      this.#tellStep(frame, runState, { opcode: REVERT, gasCost: runState.gasLeft, error });
    } else if (pending !== undefined) {
      this.#pending = undefined;
      this.#tracer.stepEnd({ depth: pending.depth, gasCost: pending.gas, refund: this.#refund, error });
    }
  }

  /** Behind the last byte of a code stands a STOP, of which there is no event either. */
  #endLastStep(frame: OpenFrame, runState: RunState): void {
    this.#endStep(runState.stack.getStack());
    if (frame.opcode === undefined || ENDS.has(frame.opcode)) return;
    this.#tellStep(frame, runState, { opcode: STOP, gasCost: 0n, error: undefined });
  }

  #tellStep(
    { message: { depth } }: OpenFrame,
    runState: RunState,
    { opcode, gasCost, error }: Pick<StepEnd, 'gasCost' | 'error'> & { readonly opcode: number },
  ): void {
    const { programCounter: pc, gasLeft, memoryWordCount, memory, stack } = runState;
    const fields = { pc, depth, gasLeft, memoryWordCount, memory: memory._store, stack: stack.getStack() };
    this.#tracer.step(stepOf(fields, opcode));
    this.#tracer.stepEnd({ depth, gasCost, refund: this.#refund, error });
  }
}

type StepFields = Pick<InterpreterStep, 'pc' | 'depth' | 'gasLeft' | 'memory' | 'memoryWordCount' | 'stack'>;

function stepOf({ pc, depth, gasLeft, memory, memoryWordCount, stack }: StepFields, opcode: number): Step {
  const memorySize = Number(memoryWordCount) * 32;
  return {
    pc,
    depth,
    opcode,
    gas: gasLeft,
    stackSize: stack.length,
    memorySize,
    peek(below) {
      const value = stack[stack.length - 1 - below];
      assert(value !== undefined, 'a step is asked for words that are on its stack');
      return value;
    },
    stack: () => stack,
    memory: () => memory.slice(0, memorySize),
  };
}

function hexOf(address: EvmAddress): Hex {
  return bytesToHex(address.bytes);
}

function word(value: bigint | undefined): Hex {
  assert(value !== undefined, 'an operation on storage finds its operands');
  return bytesToHex(bigIntToBytesOfSize(value, 32));
}
