import { setTimeout as passTime } from 'node:timers/promises';
import type { DurableFiles } from '../consensus/durable-files.ts';

/** The files of `disk`, whose syncs take longer by what `delayMs` says at that moment. */
export function slowFiles(disk: DurableFiles, delayMs: () => number): DurableFiles {
  const late = async (sync: Promise<void>): Promise<void> => {
    await sync;
    if (delayMs() > 0) await passTime(delayMs());
  };
  return {
    ...disk,
    async open(path) {
      const file = await disk.open(path);
      return { ...file, datasync: () => late(file.datasync()) };
    },
    syncDirectory: (directory) => late(disk.syncDirectory(directory)),
  };
}
