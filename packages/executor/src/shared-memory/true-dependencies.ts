import type { LocationKind } from '../figures.ts';
import type { Access, LocationName, TransactionAccesses } from '../figures-path.ts';
import type { Core } from './core.ts';
import { forEachItem, type Row } from './rows.ts';

const ADDRESS_SIZE = 20;

/** What the committed transactions of a block read and changed. */
export interface TrueAccesses {
  /** In order. */
  readonly transactions: readonly TransactionAccesses[];
  /** Of each location, by its number. */
  readonly heads: readonly number[];
}

/** What the transactions of `rows` read and changed; locations are numbered as they come. */
export function trueAccesses(core: Core, rows: readonly Row[]): TrueAccesses {
  const { layout, memory, steps } = core;
  const fees = memory.u32(layout.BENEFICIARY) + layout.ENTRY_HEADS + layout.FIELD_BALANCE * layout.HEAD_SIZE;
  const numbers = new Map<number, number>();
  const heads: number[] = [];
  const numberOf = (head: number): number => {
    const known = numbers.get(head);
    if (known !== undefined) return known;
    numbers.set(head, heads.length);
    return heads.push(head) - 1;
  };
  const transactions = rows.map((row) => {
    const reads: number[] = [];
    const sender = memory.u32(steps.rowAt(row.tx) + layout.ROW_SENDER);
    forEachItem(core, row.reads, (item) => {
      const head = memory.u32(item + layout.ITEM_HEAD);
      // A balance that suffices is no dependency, nor is the sender's nonce: speculation predicts it, and only a run at
      // the frontier reads it.
      if (memory.u32(item + layout.ITEM_KIND) === layout.READ_EXACT && !isNonceOf(core, sender, head)) {
        reads.push(numberOf(head));
      }
    });
    const writes: Access[] = [];
    forEachItem(core, row.writes, (item) => {
      if (memory.u32(item + layout.ITEM_CHANGED) !== 0) {
        const isAdded = memory.u32(item + layout.ITEM_KIND) === layout.WRITE_ADD;
        writes.push({ location: numberOf(memory.u32(item + layout.ITEM_HEAD)), isAdded });
      }
    });
    if (row.hasFee) writes.push({ location: numberOf(fees), isAdded: true });
    return { gas: row.gasUsed, timeNs: Math.max(1, Math.round(row.runMs * 1e6)), reads, writes };
  });
  return { transactions, heads };
}

/** Whether `head` is the nonce of the account whose address stands at `account`. */
function isNonceOf({ layout, memory }: Core, account: number, head: number): boolean {
  if (memory.u32(head + layout.HEAD_FIELD) !== layout.FIELD_NONCE) return false;
  const address = memory.u32(head + layout.HEAD_ENTRY) + layout.ENTRY_ADDRESS;
  for (let place = 0; place < ADDRESS_SIZE; place += 4) {
    if (memory.u32(account + place) !== memory.u32(address + place)) return false;
  }
  return true;
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
