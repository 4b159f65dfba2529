import { HeddleError } from '@heddle/primitives';

/** `USAGE`: the command line cannot be understood; `message` is commander's, on one line. */
export function usageError(message: string, command: string): HeddleError {
  return new HeddleError('USAGE', message, { remedy: `see ${command} --help` });
}

/** `FLAG_INVALID`: a flag whose value does not go with another. */
export function flagInvalid(message: string, remedy: string): HeddleError {
  return new HeddleError('FLAG_INVALID', message, { remedy });
}
