import type { Address, Hash } from '@heddle/primitives';

/**
 * Who hears of a run while it runs: tracers, the debugger, the profiler. An engine made for a tracer reports, in order,
 *
 *     frameStart (step storage? stepEnd (frameStart … frameEnd)?)* frameEnd
 *
 * for each message that it runs, system calls too. Gas is in gas, sizes in bytes, depths count from 0. What is handed over
 * is borrowed: it is good until the method returns. A run that is abandoned or fails ends without its last reports. What a
 * method throws ends the run and comes out of it.
 */
export interface Tracer {
  /** A message begins, before its value moves and anything of it is looked at; calls of precompiles too. */
  frameStart(frame: FrameStart): void;
  /** An operation is about to run: nothing of it is checked yet. */
  step(step: Step): void;
  /**
   * The last operation of this depth is over, or, where it calls or creates, paid. It comes before the next step of its
   * frame, and before the frame that it opens; a call that is refused (too deep, or lacking funds) opens none.
   */
  stepEnd(end: StepEnd): void;
  /** The operation that was reported last reads a slot, or writes it. */
  storage(access: StorageAccess): void;
  /** The message is over, and its changes are taken back if it halted. */
  frameEnd(end: FrameEnd): void;
}

/** How a message came to be; CREATE and CALL are what a transaction begins with. */
export type FrameKind = 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL' | 'CREATE' | 'CREATE2';

/** What a message begins with. */
export interface FrameStart {
  readonly depth: number;
  readonly kind: FrameKind;
  readonly caller: Address;
  /** Whose state it works on; of a creation the address of the new contract. */
  readonly address: Address;
  /** Whose code it runs; {@link address} but for CALLCODE and DELEGATECALL. Where that is delegated, the delegating one. */
  readonly codeAddress: Address;
  /** Wei; of a DELEGATECALL the caller's own. */
  readonly value: bigint;
  /** What it may spend, a stipend included. */
  readonly gas: bigint;
  /** Call data, or init code; copied. */
  input(): Uint8Array;
}

/** An operation before it runs. */
export interface Step {
  readonly depth: number;
  readonly pc: number;
  readonly opcode: number;
  /** What its frame has left. */
  readonly gas: bigint;
  /** Words on the stack. */
  readonly stackSize: number;
  readonly memorySize: number;
  /** The word that lies `below` words under the top of the stack, which is deep enough. */
  peek(below: number): bigint;
  /** A copy of the stack, lowest word first. */
  stack(): bigint[];
  /** A copy of the memory of its frame. */
  memory(): Uint8Array;
}

/** What an operation came to. */
export interface StepEnd {
  readonly depth: number;
  /**
   * What it cost: with what it hands to the call that it opens, less a stipend, and without what it hands to a creation
   * (as geth counts). An operation that fails costs all that its frame had left.
   */
  readonly gasCost: bigint;
  /** The transaction's refund counter after it, but for what the frame that it opens adds. */
  readonly refund: bigint;
  /** Why it failed and its frame with it, in geth's words; undefined: it did not. */
  readonly error: string | undefined;
}

/** A slot that is read or written, of storage or of transient storage (EIP-1153). */
export interface StorageAccess {
  readonly kind: 'read' | 'write' | 'transientRead' | 'transientWrite';
  /** Whose slot. */
  readonly address: Address;
  readonly slot: Hash;
  /** What was read, or is going to stand there; 32 bytes of hex. */
  readonly value: Hash;
}

/** How a message ended. */
export interface FrameEnd {
  readonly depth: number;
  readonly gasLeft: bigint;
  /** Why it halted, in geth's words; undefined: it succeeded. */
  readonly error: string | undefined;
  /** Return data, the data of a revert, or the code of a new contract; copied. */
  output(): Uint8Array;
}
