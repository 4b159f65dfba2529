import { HeddleError } from '@heddle/primitives';

/** How long and for what {@link waitFor} waits. */
export interface WaitOptions {
  /** What is awaited, for the message: `the fourth block`. */
  readonly what: string;
  /** Default 120,000: an end that comes soon costs nothing, and on a busy machine nothing comes soon. */
  readonly timeoutMs?: number;
  /** Time between two looks; default 20. */
  readonly everyMs?: number;
}

/**
 * Looks at `condition` until it gives something other than undefined, null or false, and returns that.
 * A condition that throws counts as not yet true; its last error is the cause of the failure.
 *
 * @throws HeddleError `WAITED_IN_VAIN`
 */
export async function waitFor<T>(
  condition: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  options: WaitOptions,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 120_000;
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const found = await condition();
      if (found !== undefined && found !== null && found !== false) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 20));
  } while (performance.now() < end);
  const why = cause instanceof Error ? ` (last error: ${cause.message})` : '';
  throw new HeddleError('WAITED_IN_VAIN', `waited ${timeoutMs} ms in vain for ${options.what}${why}`, { cause });
}
