import { ClassicLevel } from 'classic-level';
import { storeLocked, storeUnreadable } from './state-errors.ts';

/** A process's hold on a store. */
export interface StoreLock {
  /** Gives it up. Safe to call twice. */
  release(): Promise<void>;
}

/**
 * Takes the store in `path` for this process. LevelDB locks a database only while it is open, but files are copied
 * before and put back after; and Node has no file locks. So an empty database beside the store is kept open for its
 * lock alone, which the kernel takes back when the process ends, however it ends.
 *
 * @throws HeddleError `STORE_LOCKED`, `STORE_UNREADABLE`
 */
export async function lockStore(path: string): Promise<StoreLock> {
  const lockPath = `${path}.lock`;
  const level = await openEmpty(lockPath).catch(async (error) => {
    if (isLocked(error)) throw storeLocked(path, error);
    // Power may have gone while its files were written; there is nothing in it to lose.
    await ClassicLevel.destroy(lockPath).catch(() => undefined);
    return openEmpty(lockPath).catch((again) => {
      throw isLocked(again) ? storeLocked(path, again) : storeUnreadable(path, again.cause ?? again);
    });
  });
  return { release: () => level.close() };
}

async function openEmpty(path: string): Promise<ClassicLevel> {
  const level = new ClassicLevel(path);
  try {
    await level.open();
    return level;
  } catch (error) {
    await level.close().catch(() => undefined); // the failure to open is the one to report
    throw error;
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && (error.cause as { code?: unknown } | undefined)?.code === 'LEVEL_LOCKED';
}
