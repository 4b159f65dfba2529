import { bigIntToBytes, decodeRlp, EMPTY_BYTES, encodeRlp, HeddleError, readFields } from '@heddle/primitives';

/** Transactions on one page at most: a page has 1 MiB, and none is smaller than 60 bytes. */
const MAX_PAGE_TRANSACTIONS = 20_000;

/** Part of a node's pool. */
export interface PoolPage {
  /** Raw transactions. */
  readonly raws: readonly Uint8Array[];
  /** What to ask for next; undefined: this is the last page. */
  readonly next: number | undefined;
}

/** The wire form of `page`. */
export function encodePage({ raws, next }: PoolPage): Uint8Array {
  return encodeRlp([next === undefined ? EMPTY_BYTES : bigIntToBytes(BigInt(next)), raws]);
}

/** The page that `bytes` encodes; undefined: no correct node sends that. */
export function decodePage(bytes: Uint8Array): PoolPage | undefined {
  try {
    const fields = readFields(decodeRlp(bytes), 'page of the pool');
    const next = fields.number('next');
    const items = fields.list('transactions');
    fields.end();
    const raws = items.filter((item) => item instanceof Uint8Array);
    if (items.length > MAX_PAGE_TRANSACTIONS) return undefined;
    return raws.length === items.length ? { raws, next: next === 0 ? undefined : next } : undefined;
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return undefined;
  }
}

/** The wire form of a request for the page behind `after`. */
export function encodePageRequest(after: number): Uint8Array {
  return encodeRlp([bigIntToBytes(BigInt(after))]);
}

/** Behind what the page is asked for; undefined: no correct node sends that. */
export function decodePageRequest(bytes: Uint8Array): number | undefined {
  try {
    const fields = readFields(decodeRlp(bytes), 'request for a page of the pool');
    const after = fields.number('after');
    fields.end();
    return after;
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error;
    return undefined;
  }
}
