import { type Hash, HeddleError } from '@heddle/primitives';

/** The store holds the chain of another genesis. */
export function storeOtherChain(folder: string, stored: Hash, expected: Hash): HeddleError {
  return new HeddleError(
    'STORE_OTHER_CHAIN',
    `the store ${folder} holds the chain with genesis ${stored}, the genesis file gives ${expected}`,
    { remedy: 'give the genesis file of that chain, or begin a new chain with --reset' },
  );
}

/** Only one validator can agree with itself that what was final is not. */
export function rewindOfMany(validatorCount: number): HeddleError {
  return new HeddleError('REWIND_OF_MANY', `a chain of ${validatorCount} validators cannot be rewound`, {
    remedy: 'what several validators have decided is final: begin a new chain, or use one with --validators 1',
  });
}

/** The block to go back to is above the head. */
export function rewindAhead(target: number, headNumber: number): HeddleError {
  return new HeddleError('REWIND_AHEAD', `block ${target} is above the head, block ${headNumber}`, {
    remedy: 'name a block below the head',
  });
}
