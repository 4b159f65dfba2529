import { EVMError, type ExecResult } from './ethereumjs.ts';

const { errorMessages } = EVMError;

/** geth's words for what ends a frame (core/vm/errors.go). */
const WORDS: Readonly<Record<string, string>> = {
  [errorMessages.OUT_OF_GAS]: 'out of gas',
  [errorMessages.CODESTORE_OUT_OF_GAS]: 'contract creation code storage out of gas',
  [errorMessages.CODESIZE_EXCEEDS_MAXIMUM]: 'max code size exceeded',
  [errorMessages.STACK_UNDERFLOW]: 'stack underflow',
  [errorMessages.STACK_OVERFLOW]: 'stack limit reached 1024 (1023)',
  [errorMessages.OUT_OF_RANGE]: 'return data out of bounds',
  [errorMessages.REVERT]: 'execution reverted',
  [errorMessages.STATIC_STATE_CHANGE]: 'write protection',
  [errorMessages.CREATE_COLLISION]: 'contract address collision',
  [errorMessages.INSUFFICIENT_BALANCE]: 'insufficient balance for transfer',
  [errorMessages.INVALID_BYTECODE_RESULT]: 'invalid code: must not begin with 0xef',
  [errorMessages.INITCODE_SIZE_VIOLATION]: 'max initcode size exceeded',
};

const INVALID = 0xfe;

/** Why the top frame halted, in geth's words; undefined when it succeeded. */
export function haltReason(result: ExecResult): string | undefined {
  const reason = result.exceptionError?.error;
  if (reason === undefined) return undefined;
  if (reason === errorMessages.INVALID_OPCODE) return `invalid opcode: ${nameOpcode(result.runState?.opCode)}`;
  if (reason.startsWith(errorMessages.INVALID_JUMP)) return 'invalid jump destination'; // the stock text adds the place
  return WORDS[reason] ?? reason;
}

function nameOpcode(opcode: number | undefined): string {
  return opcode === undefined || opcode === INVALID ? 'INVALID' : `opcode 0x${opcode.toString(16)} not defined`;
}
