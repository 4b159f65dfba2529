/** What a {@link HeddleError} carries besides its message. */
export interface HeddleErrorOptions {
  /** What the reader can do about it, one sentence. */
  readonly remedy?: string;
  /** The error underneath, kept for the log. */
  readonly cause?: unknown;
}

/**
 * An expected failure: bad input, a fault outside the process, a limit reached.
 *
 * Rooms derive one class or one constructor function per failure; `code` is stable and unique (`GENESIS_MALFORMED`),
 * `message` says what happened, where and with which values, `remedy` what to do.
 */
export class HeddleError extends Error {
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(code: string, message: string, options: HeddleErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HeddleError';
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** A broken invariant of our own: never caught, ends the process. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/**
 * States what must be true whatever the input.
 *
 * @throws BugError when it is not.
 */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new BugError(what);
}
