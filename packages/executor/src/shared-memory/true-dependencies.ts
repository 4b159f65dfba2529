import type { LocationKind } from '../figures.ts';
import type { Access, LocationName, TransactionAccesses } from '../figures-path.ts';
import type { Core } from './core.ts';
import { forEachItem, type Row } from './rows.ts';

/** What each committed transaction read and changed, in order. Locations are numbered by the addresses of their heads. */
export function trueAccesses(core: Core, rows: readonly Row[]): TransactionAccesses[] {
  const { layout, memory } = core;
  const fees = memory.u32(layout.BENEFICIARY) + layout.ENTRY_HEADS + layout.FIELD_BALANCE * layout.HEAD_SIZE;
  return rows.map((row) => {
    const reads: number[] = [];
    forEachItem(core, row.reads, (item) => {
      // A predicted nonce or a balance that suffices is no dependency: it was never waited for.
      if (memory.u32(item + layout.ITEM_KIND) === layout.READ_EXACT) reads.push(memory.u32(item + layout.ITEM_HEAD));
    });
    const writes: Access[] = [];
    forEachItem(core, row.writes, (item) => {
      if (memory.u32(item + layout.ITEM_CHANGED) !== 0) {
        const isAdded = memory.u32(item + layout.ITEM_KIND) === layout.WRITE_ADD;
        writes.push({ location: memory.u32(item + layout.ITEM_HEAD), isAdded });
      }
    });
    if (row.hasFee) writes.push({ location: fees, isAdded: true });
    return { gas: row.gasUsed, timeNs: Math.max(1, Math.round(row.runMs * 1e6)), reads, writes };
  });
}

/** What the location with this head is called. */
export function nameLocation({ layout, memory }: Core, head: number): LocationName {
  const entry = memory.u32(head + layout.HEAD_ENTRY);
  const field = memory.u32(head + layout.HEAD_FIELD);
  const kinds: Readonly<Record<number, LocationKind>> = {
    [layout.FIELD_BALANCE]: 'balance',
    [layout.FIELD_NONCE]: 'nonce',
    [layout.FIELD_CODE]: 'code',
    [layout.FIELD_GENERATION]: 'storage',
  };
  return {
    address: memory.address(entry + layout.ENTRY_ADDRESS),
    kind: kinds[field] ?? 'slot',
    slot: field === layout.FIELD_SLOT ? memory.hash(entry + layout.ENTRY_SLOT) : undefined,
    reExecutions: memory.load(head + layout.HEAD_LOSSES),
  };
}
