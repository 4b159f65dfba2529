import { type Hash, HeddleError } from '@heddle/primitives';

/** A message or answer of a peer that is not in our encoding or exceeds a limit. */
export function peerMessageMalformed(what: string): HeddleError {
  return new HeddleError('CONSENSUS_MESSAGE_MALFORMED', `message of a peer: ${what}`);
}

/** Over two thirds decided a block that is invalid here. */
export function consensusHalted(height: number, blockId: Hash, why: string): HeddleError {
  return new HeddleError('CONSENSUS_HALTED', `block ${blockId} was decided at height ${height}, but here ${why}`, {
    remedy: 'this node disagrees with over two thirds of the validators: check its version, then sync it anew',
  });
}

/** Another process signs with our key, or did while our records were lost. */
export function foreignSignature(height: number): HeddleError {
  return new HeddleError(
    'CONSENSUS_KEY_IN_USE',
    `a vote of this validator at height ${height} was seen that it did not sign`,
    { remedy: 'find the other process with this key and stop it; this node signs nothing more until restarted' },
  );
}

/** What only a started driver knows. */
export function driverNotStarted(): HeddleError {
  return new HeddleError('CONSENSUS_NOT_STARTED', 'consensus has not read the head of the chain yet', {
    remedy: 'ask again in a moment',
  });
}
