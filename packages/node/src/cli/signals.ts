/** A wish to end, by signal or by the supervisor. */
export interface AskedToEnd {
  /** Resolves at the first request. */
  readonly promise: Promise<void>;
  readonly signal: AbortSignal;
  /** Asks as a signal does. */
  ask(): void;
}

/** Where the process goes when it is asked twice: the shell's code for SIGINT. */
const EXIT_INTERRUPTED = 130;
/** One Ctrl-C can arrive twice at once: from the terminal, and passed on by npm. */
const SAME_REQUEST_MS = 1_000;

/**
 * Listens for the signals that end a command: the first asks, another one after a moment ends it at once. Under a
 * supervisor SIGINT is left to that one, which gets the same Ctrl-C and stops its children.
 */
export function whenAskedToEnd({ isSupervised = false } = {}): AskedToEnd {
  const controller = new AbortController();
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  let askedAt: number | undefined;
  const ask = (): void => {
    if (askedAt !== undefined && performance.now() - askedAt > SAME_REQUEST_MS) process.exit(EXIT_INTERRUPTED);
    askedAt ??= performance.now();
    controller.abort();
    resolve();
  };
  const ignore = (): void => undefined;
  process.on('SIGINT', isSupervised ? ignore : ask);
  process.on('SIGHUP', isSupervised ? ignore : ask);
  process.on('SIGTERM', ask);
  return { promise, signal: controller.signal, ask };
}

/** Ends the process at the first request, for a command that leaves nothing behind but what its exit removes. */
export function endWhenAsked(): void {
  void whenAskedToEnd().promise.then(() => process.exit(EXIT_INTERRUPTED));
}
