import type { ReadBlockHash } from '@heddle/executor';
import { type Hash, type Header, ZERO_HASH } from '@heddle/primitives';
import type { JsonField } from '../files/json-field.ts';

/** How far back BLOCKHASH sees. */
const DEPTH = 256;

/** Hashes of blocks by number, as `--block-hashes` has them. @throws HeddleError `FILE_MALFORMED` */
export function readBlockHashes(json: JsonField): ReadonlyMap<number, Hash> {
  const hashes = new Map<number, Hash>();
  for (const [key, field] of json.fields()) {
    const number = /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(key) ? Number(key) : Number.NaN;
    if (!Number.isSafeInteger(number)) throw field.malformed('a block number as the key');
    hashes.set(number, field.bytesOfSize(32));
  }
  return hashes;
}

/** The hashes that the block can see, and which of them somebody asked for in vain. */
export interface AncestorHashes {
  readonly read: ReadBlockHash;
  /** The same, with a hash of nothing for what is not given: once it is sure that nobody needs it. */
  readonly readAny: ReadBlockHash;
  /** Numbers of the blocks whose hashes were read and are not given. */
  missing(): number[];
}

/** The hashes before the block with `header`; its parent's stands in it. */
export function ancestorHashes({ number, parentHash }: Header, given: ReadonlyMap<number, Hash>): AncestorHashes {
  const missing = new Set<number>();
  const find = (wanted: number) => (wanted === number - 1 ? parentHash : given.get(wanted));
  return {
    read(wanted) {
      const hash = find(wanted);
      if (hash === undefined && wanted < number && wanted >= Math.max(0, number - DEPTH)) missing.add(wanted);
      return hash;
    },
    readAny: (wanted) => find(wanted) ?? ZERO_HASH,
    missing: () => [...missing].sort((left, right) => left - right),
  };
}
