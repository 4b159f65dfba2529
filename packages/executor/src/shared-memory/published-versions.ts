import type { Core } from './core.ts';
import { forEachItem, readRow } from './rows.ts';

/**
 * How many values the block that ran last committed which stood in the versioned memory first, for other transactions to
 * read: those of runs ahead of their turn. What the run at the frontier writes is committed without that.
 */
export function publishedVersions(core: Core): number {
  const { layout, memory } = core;
  let count = 0;
  const countIfLinked = (item: number): void => {
    if (isLinked(core, memory.u32(item + layout.ITEM_HEAD), memory.u32(item + layout.ITEM_RECORD))) count++;
  };
  for (let tx = 0; tx < memory.u32(layout.TX_COUNT); tx++) {
    const { verdict, writes } = readRow(core, tx);
    if (verdict === layout.VERDICT_COMMITTED) forEachItem(core, writes, countIfLinked);
  }
  return count;
}

/** Whether `record` is in the list of versions at `head`, where it stays until the next block is laid out. */
function isLinked({ layout, memory }: Core, head: number, record: number): boolean {
  let at = memory.u32(head + layout.HEAD_VERSIONS);
  while (at !== 0 && at !== record) at = memory.u32(at + layout.RECORD_NEXT);
  return at !== 0;
}
