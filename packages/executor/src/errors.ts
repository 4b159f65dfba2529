import { type Address, HeddleError } from '@heddle/primitives';

/** A system contract that must answer at a block's end did not: the block is invalid (EIP-7002, EIP-7251). */
export function systemCallFailed(contract: Address, halt: string): HeddleError {
  return new HeddleError('SYSTEM_CALL_FAILED', `the system call to ${contract} failed: ${halt}`, {
    remedy: 'the genesis holds a wrong code at this address; begin a chain with the canonical one',
  });
}

/** A log of the deposit contract that is no deposit: the block is invalid (EIP-6110). */
export function depositLogMalformed(what: string): HeddleError {
  return new HeddleError('DEPOSIT_LOG_MALFORMED', `malformed deposit log: ${what}`, {
    remedy: 'the genesis holds a wrong code at the deposit contract; begin a chain with the canonical one',
  });
}
