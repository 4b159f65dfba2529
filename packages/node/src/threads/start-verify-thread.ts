import { HeddleError } from '@heddle/primitives';
import { startThread } from './thread.ts';

/** What the verify thread is told at its start. */
export interface VerifyThreadData {
  /** LevelDB's folder; another thread of this process has the store open. */
  readonly databasePath: string;
  readonly unverifiedTables: readonly string[];
}

/** The last thing that it says. */
export type VerifyThreadMessage =
  | { readonly type: 'sound' }
  | { readonly type: 'damaged'; readonly code: string; readonly message: string; readonly remedy: string | undefined };

/** A verification that goes on. */
export interface Verification {
  /**
   * Resolves when all of the store was read and is sound, to `sound`; to `stopped` when it was stopped before.
   *
   * @throws HeddleError `STORE_CORRUPT`, `STATE_ROOT_MISMATCH`, `STATE_TRIE_DAMAGED`
   */
  readonly outcome: Promise<'sound' | 'stopped'>;
  stop(): Promise<void>;
}

/** Begins to read a store in full, at a bounded speed. */
export function startVerification(data: VerifyThreadData): Verification {
  const worker = startThread('verify-thread', data);
  const outcome = new Promise<'sound' | 'stopped'>((resolve, reject) => {
    worker.on('message', (message: VerifyThreadMessage) => {
      if (message.type === 'sound') return resolve('sound');
      const { code, message: text, remedy } = message;
      reject(new HeddleError(code, text, remedy === undefined ? {} : { remedy }));
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve('stopped')); // after its message, if there was one
  });
  outcome.catch(() => undefined); // whoever waits for it hears of it
  return { outcome, stop: async () => void (await worker.terminate()) };
}
