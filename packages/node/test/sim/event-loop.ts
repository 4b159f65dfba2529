/** Node runs what promises have queued by this; it does not document it, but has had it since its first versions. */
const runMicrotasks: (() => void) | undefined = Reflect.get(process, '_tickCallback');
/** Events after which the real event loop gets a turn. */
const BATCH = 256;

/**
 * Calls `step` until it returns false. Between two calls everything that follows from the first by promises alone has
 * happened, so that no real time decides anything.
 */
export function runEvents(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const batch = () => {
      try {
        for (let count = runMicrotasks ? BATCH : 1; count > 0; count--) {
          if (!step()) return resolve();
          runMicrotasks?.();
        }
        setImmediate(batch);
      } catch (error) {
        reject(error);
      }
    };
    setImmediate(batch);
  });
}
