import { HeddleError } from '@heddle/primitives';

/** A thread ended that nothing goes on without. */
export function threadEnded(name: string, cause: unknown): HeddleError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new HeddleError('THREAD_ENDED', `the ${name} thread ended${why}`, {
    remedy: 'the log holds the details; start the node again',
    cause,
  });
}
