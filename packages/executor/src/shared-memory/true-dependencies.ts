import type { Address } from '@heddle/primitives';
import type { LocationKind } from '../figures.ts';
import type { Access, LocationName, TransactionAccesses } from '../figures-path.ts';
import type { Core } from './core.ts';
import { forEachItem, type Row } from './rows.ts';

/** What each committed transaction read and changed, in order. Locations are numbered by the addresses of their heads. */
export function trueAccesses(core: Core, rows: readonly Row[]): TransactionAccesses[] {
  const { layout, memory } = core;
  const fees = memory.u32(layout.BENEFICIARY) + layout.ENTRY_HEADS + layout.FIELD_BALANCE * layout.HEAD_SIZE;
  const isNonceOf = nonceFinder(core);
  return rows.map((row) => {
    const reads: number[] = [];
    const sender = memory.address(memory.u32(core.steps.rowAt(row.tx) + layout.ROW_SENDER));
    forEachItem(core, row.reads, (item) => {
      const head = memory.u32(item + layout.ITEM_HEAD);
      // A balance that suffices is no dependency, nor is the sender's nonce: speculation predicts it, and only a run at
      // the frontier reads it.
      if (memory.u32(item + layout.ITEM_KIND) === layout.READ_EXACT && !isNonceOf(sender, head)) reads.push(head);
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

/** Tells whether a head is the nonce of an account. */
function nonceFinder({ layout, memory }: Core): (account: Address, head: number) => boolean {
  const addresses = new Map<number, Address>();
  return (account, head) => {
    if (memory.u32(head + layout.HEAD_FIELD) !== layout.FIELD_NONCE) return false;
    const entry = memory.u32(head + layout.HEAD_ENTRY);
    const address = addresses.get(entry) ?? memory.address(entry + layout.ENTRY_ADDRESS);
    addresses.set(entry, address);
    return address === account;
  };
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
