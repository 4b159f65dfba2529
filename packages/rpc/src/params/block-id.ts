import type { Hash } from '@heddle/primitives';
import { hash as hashType } from './bytes.ts';
import { expectObject, field, ParameterError, type ParameterType } from './parameter.ts';
import { boolean, parseQuantity } from './quantity.ts';

/** The names for a block. A Heddle block is final at once: all but `earliest` mean the head. */
export type BlockTag = 'latest' | 'pending' | 'safe' | 'finalized' | 'earliest';

/** How a caller names a block by its place: a tag or a number. */
export type BlockNumberId = { readonly tag: BlockTag } | { readonly number: number };

/** How a caller names a block. */
export type BlockId = BlockNumberId | { readonly hash: Hash };

/** What an absent block parameter means. */
export const LATEST: { readonly tag: BlockTag } = { tag: 'latest' };

const TAGS: ReadonlySet<string> = new Set<BlockTag>(['latest', 'pending', 'safe', 'finalized', 'earliest']);
const MAX_INT64 = 2n ** 63n - 1n;

/** A tag or a number (quantity or JSON number). */
export const blockNumber: ParameterType<BlockNumberId> = {
  description: 'block number or tag',
  parse: parseBlockNumber,
};

/** A tag, a number, a hash, or an EIP-1898 object. */
export const blockId: ParameterType<BlockId> = {
  description: 'block number, tag, hash or {blockHash | blockNumber, requireCanonical?}',
  parse(value) {
    if (typeof value === 'string' && value.length === 66) return { hash: hashType.parse(value) };
    if (typeof value !== 'object') return parseBlockNumber(value);
    const object = expectObject(value);
    const hash = field(object, 'blockHash', hashType);
    const byNumber = field(object, 'blockNumber', blockNumber);
    field(object, 'requireCanonical', boolean); // every block here is canonical
    if (hash !== undefined && byNumber !== undefined) {
      throw new ParameterError('cannot specify both BlockHash and BlockNumber, choose one or the other');
    }
    if (hash !== undefined) return { hash };
    if (byNumber !== undefined) return byNumber;
    throw new ParameterError('neither blockHash nor blockNumber specified');
  },
};

function parseBlockNumber(value: unknown): BlockNumberId {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw new ParameterError(`${value} is no block number`);
    return { number: value };
  }
  if (typeof value !== 'string') throw new ParameterError(`expected a block number or tag`);
  if (TAGS.has(value)) return { tag: value as BlockTag };
  const number = parseQuantity(value, 64);
  if (number > MAX_INT64) throw new ParameterError('block number larger than int64');
  // Heights stay far below 2^53; a larger number is one that does not exist, whatever its digits.
  return { number: number > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(number) };
}
