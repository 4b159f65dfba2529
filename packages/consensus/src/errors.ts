import { HeddleError } from '@heddle/primitives';

/** A record of the write-ahead log that no version of the core wrote. */
export function consensusInputMalformed(what: string): HeddleError {
  return new HeddleError('CONSENSUS_INPUT_MALFORMED', `consensus input: ${what}`, {
    remedy: 'the record is damaged or of another version; let the node take this height from its peers',
  });
}

/** A validator set that consensus cannot run with: empty, doubled, without stake or too heavy. */
export function validatorSetInvalid(what: string): HeddleError {
  return new HeddleError('VALIDATOR_SET_INVALID', `validator set: ${what}`, {
    remedy: 'give every validator its own address and a stake above 0, at most 2^60 together',
  });
}
