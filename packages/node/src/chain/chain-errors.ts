import { type Hash, HeddleError } from '@heddle/primitives';

/** The store holds the chain of another genesis. */
export function storeOtherChain(folder: string, stored: Hash, expected: Hash): HeddleError {
  return new HeddleError(
    'STORE_OTHER_CHAIN',
    `the store ${folder} holds the chain with genesis ${stored}, the genesis file gives ${expected}`,
    { remedy: 'give the genesis file of that chain, or begin a new chain with --reset' },
  );
}
