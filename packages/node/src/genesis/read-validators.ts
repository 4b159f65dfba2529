import type { StateReader } from '@heddle/executor';
import type { ChainSpec, Validator } from '@heddle/primitives';

/**
 * The validators of an epoch, read from the state at the end of the epoch before last. The one place from which the
 * node learns who votes. It must give the same answer on every node: `state` and the chain spec are all it may use.
 */
export type ReadValidators = (state: StateReader, epoch: number) => readonly Validator[];

/** Genesis' validators, in every epoch: stakes do not change until a staking contract holds them. */
export function createReadValidators(spec: Pick<ChainSpec, 'validators'>): ReadValidators {
  return () => spec.validators;
}
