import { assert, type Hash, type Log } from '@heddle/primitives';
import { HALT_WORDS, invalidOpcode } from '../halt-words.ts';
import type { EvmCore } from './evm-core.ts';
import type { EvmConstant, EvmLayout } from './evm-layout.ts';

const WORDS = {
  HALT_REVERT: HALT_WORDS.reverted,
  HALT_OUT_OF_GAS: HALT_WORDS.outOfGas,
  HALT_STACK_UNDERFLOW: HALT_WORDS.stackUnderflow,
  HALT_STACK_OVERFLOW: HALT_WORDS.stackOverflow,
  HALT_INVALID_JUMP: HALT_WORDS.invalidJump,
  HALT_RETURN_DATA_OUT_OF_BOUNDS: HALT_WORDS.returnDataOutOfBounds,
  HALT_WRITE_PROTECTION: HALT_WORDS.writeProtection,
  HALT_COLLISION: HALT_WORDS.collision,
  HALT_INSUFFICIENT_BALANCE: HALT_WORDS.insufficientBalance,
  HALT_CODE_STORE_OUT_OF_GAS: HALT_WORDS.codeStoreOutOfGas,
  HALT_CODE_TOO_LARGE: HALT_WORDS.codeTooLarge,
  HALT_INVALID_CODE: HALT_WORDS.invalidCode,
  HALT_INITCODE_TOO_LARGE: HALT_WORDS.initCodeTooLarge,
  HALT_DEPTH: HALT_WORDS.depth,
  HALT_NONCE_OVERFLOW: HALT_WORDS.nonceOverflow,
  HALT_PRECOMPILE_FAILED: HALT_WORDS.precompileRefused,
} as const satisfies Partial<Record<EvmConstant, string>>;

/** Why the message's own frame halted, in geth's words; undefined when it succeeded. */
export function readHaltReason({ layout, memory, result }: EvmCore): string | undefined {
  return haltWords(layout, memory.u32(result + layout.RESULT_HALT), memory.u32(result + layout.RESULT_OPCODE));
}

/** geth's words for a halt; undefined for success. `opcode` is that of HALT_INVALID_OPCODE. */
export function haltWords(layout: EvmLayout, halt: number, opcode: number): string | undefined {
  if (halt === layout.HALT_NONE) return undefined;
  if (halt === layout.HALT_INVALID_OPCODE) return invalidOpcode(opcode);
  return wordsOf(layout, halt);
}

/** What the message returned. */
export function readReturnData({ layout, memory, result }: EvmCore): Uint8Array {
  return memory.copy(memory.u32(result + layout.RESULT_OUTPUT), memory.u32(result + layout.RESULT_OUTPUT_SIZE));
}

/** The logs of the message, in order. */
export function readLogs({ layout, memory, result }: EvmCore): Log[] {
  const logs: Log[] = [];
  let log = memory.u32(result + layout.RESULT_FIRST_LOG);
  for (let left = memory.u32(result + layout.RESULT_LOG_COUNT); left > 0; left--) {
    const topics: Hash[] = [];
    for (let index = 0; index < memory.u32(log + layout.LOG_TOPIC_COUNT); index++) {
      topics.push(memory.hash(log + layout.LOG_TOPICS + index * 32));
    }
    const data = memory.hex(memory.u32(log + layout.LOG_DATA), memory.u32(log + layout.LOG_DATA_SIZE));
    logs.push({ address: memory.address(log + layout.LOG_ADDRESS), topics, data });
    log = memory.u32(log + layout.LOG_NEXT);
  }
  return logs;
}

function wordsOf(layout: EvmLayout, halt: number): string {
  const [, words] = Object.entries(WORDS).find(([name]) => layout[name as keyof typeof WORDS] === halt) ?? [];
  assert(words !== undefined, `there are words for halt ${halt} of the module`);
  return words;
}
