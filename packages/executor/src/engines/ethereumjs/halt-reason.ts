import { HALT_WORDS, invalidOpcode } from '../halt-words.ts';
import { EVMError, type ExecResult } from './ethereumjs.ts';

const { errorMessages } = EVMError;

const WORDS: Readonly<Record<string, string>> = {
  [errorMessages.OUT_OF_GAS]: HALT_WORDS.outOfGas,
  [errorMessages.CODESTORE_OUT_OF_GAS]: HALT_WORDS.codeStoreOutOfGas,
  [errorMessages.CODESIZE_EXCEEDS_MAXIMUM]: HALT_WORDS.codeTooLarge,
  [errorMessages.STACK_UNDERFLOW]: HALT_WORDS.stackUnderflow,
  [errorMessages.STACK_OVERFLOW]: HALT_WORDS.stackOverflow,
  [errorMessages.OUT_OF_RANGE]: HALT_WORDS.returnDataOutOfBounds,
  [errorMessages.REVERT]: HALT_WORDS.reverted,
  [errorMessages.STATIC_STATE_CHANGE]: HALT_WORDS.writeProtection,
  [errorMessages.CREATE_COLLISION]: HALT_WORDS.collision,
  [errorMessages.INSUFFICIENT_BALANCE]: HALT_WORDS.insufficientBalance,
  [errorMessages.INVALID_BYTECODE_RESULT]: HALT_WORDS.invalidCode,
  [errorMessages.INVALID_INPUTS]: HALT_WORDS.precompileRefused,
  [errorMessages.INITCODE_SIZE_VIOLATION]: HALT_WORDS.initCodeTooLarge,
};

/** Why the top frame halted, in geth's words; undefined when it succeeded. */
export function haltReason(result: ExecResult): string | undefined {
  const reason = result.exceptionError?.error;
  if (reason === undefined) return undefined;
  if (reason === errorMessages.INVALID_OPCODE) return invalidOpcode(currentOpcode(result.runState));
  if (reason.startsWith(errorMessages.INVALID_JUMP)) return HALT_WORDS.invalidJump; // the stock text adds the place
  return WORDS[reason] ?? reason;
}

/** From the code itself: stock takes all that are undefined for 0xfe once it has looked for jumps. */
function currentOpcode(runState: ExecResult['runState']): number | undefined {
  return runState?.code[runState.programCounter];
}
