/** geth's words for what ends a frame (core/vm/errors.go). */
export const HALT_WORDS = {
  outOfGas: 'out of gas',
  codeStoreOutOfGas: 'contract creation code storage out of gas',
  codeTooLarge: 'max code size exceeded',
  stackUnderflow: 'stack underflow',
  stackOverflow: 'stack limit reached 1024 (1023)',
  returnDataOutOfBounds: 'return data out of bounds',
  reverted: 'execution reverted',
  writeProtection: 'write protection',
  collision: 'contract address collision',
  insufficientBalance: 'insufficient balance for transfer',
  invalidCode: 'invalid code: must not begin with 0xef',
  initCodeTooLarge: 'max initcode size exceeded',
  invalidJump: 'invalid jump destination',
  depth: 'max call depth exceeded',
  nonceOverflow: 'nonce uint64 overflow',
  /** geth says for each precompile in its own way what is wrong with the input. */
  precompileRefused: 'invalid input',
} as const;

const INVALID = 0xfe;

/** The words for an opcode that the fork does not have. */
export function invalidOpcode(opcode: number | undefined): string {
  const name = opcode === undefined || opcode === INVALID ? 'INVALID' : `opcode 0x${opcode.toString(16)} not defined`;
  return `invalid opcode: ${name}`;
}
