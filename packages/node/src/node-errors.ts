import { HeddleError } from '@heddle/primitives';

/** A thread ended that nothing goes on without. */
export function threadEnded(name: string, cause: unknown): HeddleError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new HeddleError('THREAD_ENDED', `the ${name} thread ended${why}`, {
    remedy: 'the log holds the details; start the node again',
    cause,
  });
}

/** Whoever started the node does not want it any more. */
export function startGivenUp(): HeddleError {
  return new HeddleError('NODE_START_GIVEN_UP', 'the node was asked to end before it had started');
}

/** A peer was to be asked while the node has no network yet. */
export function networkNotStarted(): HeddleError {
  return new HeddleError('NETWORK_NOT_STARTED', 'asked nobody: peers come with the network');
}
