import { type ChainBase, type Hash, HeddleError } from '@heddle/primitives';

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

/** What came before the validators went on cannot be taken back by them. */
export function rewindBelowBase(target: number, base: number): HeddleError {
  return new HeddleError('REWIND_BELOW_BASE', `block ${target} was made before this chain went on from block ${base}`, {
    remedy: `name block ${base} or one after it; heddle db rewind takes blocks of the imported chain itself back`,
  });
}

/** A chain that goes on from another one begins with that one's store. */
export function baseStoreMissing(path: string, { number, hash }: ChainBase): HeddleError {
  return new HeddleError(
    'BASE_STORE_MISSING',
    `there is no store ${path}, and this chain goes on from block ${number} ${hash}, which genesis alone does not give`,
    {
      remedy:
        "copy the folder database of the imported chain (heddle import), or of a validator that does not run, there; a devnet's validators get it from where --from said",
    },
  );
}

/** The store is not one that this chain goes on from, or has gone on in. */
export function baseStoreOther(path: string, { number, hash }: ChainBase, found: string): HeddleError {
  return new HeddleError(
    'BASE_STORE_OTHER',
    `the store ${path} does not hold what this chain goes on from, block ${number} ${hash}: ${found}`,
    {
      remedy:
        'remove it, and put a copy of the imported chain as it was at that block there, or of a validator of this chain',
    },
  );
}
