import { HeddleError } from '@heddle/primitives';

/** `USAGE`: the command line cannot be understood; `message` is commander's, on one line. */
export function usageError(message: string, command: string): HeddleError {
  return new HeddleError('USAGE', message, { remedy: `see ${command} --help` });
}

/** `FLAG_INVALID`: a flag whose value does not go with another. */
export function flagInvalid(message: string, remedy: string): HeddleError {
  return new HeddleError('FLAG_INVALID', message, { remedy });
}

/** `NO_CHAIN`: the folder holds no devnet's chain. */
export function noChain(datadir: string): HeddleError {
  return new HeddleError('NO_CHAIN', `${datadir}: holds no validators`, {
    remedy: "give a devnet's folder with --datadir",
  });
}

/** `DETACHED_FAILED`: a devnet in the background ended before it was up; `lastLine` is what it said last. */
export function detachedFailed(lastLine: string, outputFile: string): HeddleError {
  const message = `the devnet did not start: ${lastLine === '' ? 'it said nothing' : lastLine}`;
  return new HeddleError('DETACHED_FAILED', message, { remedy: `see ${outputFile}` });
}

/** `WAITED_IN_VAIN`: not every validator got there in time. */
export function waitedInVain(
  block: number,
  timeout: string,
  missing: readonly { readonly index: number; readonly head: number; readonly state: string }[],
): HeddleError {
  const who = missing.map(({ index, head, state }) => `validator ${index} is at ${head} (${state})`).join(', ');
  return new HeddleError('WAITED_IN_VAIN', `no block ${block} within ${timeout}: ${who || 'no validator runs'}`, {
    remedy: 'see heddle devnet status, or wait longer with --timeout',
  });
}
