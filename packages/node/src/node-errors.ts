import { HeddleError } from '@heddle/primitives';

const GIVEN_UP = 'NODE_START_GIVEN_UP';

/** A thread ended that nothing goes on without. */
export function threadEnded(name: string, cause: unknown): HeddleError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new HeddleError('THREAD_ENDED', `the ${name} thread ended${why}`, {
    remedy: 'the log holds the details',
    cause,
  });
}

/** Whoever started the node does not want it any more. */
export function startGivenUp(): HeddleError {
  return new HeddleError(GIVEN_UP, 'the node was asked to end before it had started');
}

/** Whether a start failed only since nobody wants it any more. */
export function isGivenUp(error: unknown): error is HeddleError {
  return error instanceof HeddleError && error.code === GIVEN_UP;
}

/**
 * A peer was to be asked while the network is still starting: peers connect before it is handed out. To whoever asks it
 * is a request that failed (`P2P_REQUEST_FAILED`), to be made again.
 */
export function networkNotStarted(): HeddleError {
  return new HeddleError('P2P_REQUEST_FAILED', 'asked nobody: the network is still starting');
}
