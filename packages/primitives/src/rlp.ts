import { RLP } from '@ethereumjs/rlp';
import { HeddleError } from './errors.ts';

/** A decoded RLP item: a byte string or a list of items. */
export type RlpItem = Uint8Array | RlpItem[];
/** What {@link encodeRlp} takes. */
export type RlpInput = Uint8Array | readonly RlpInput[];

/** The RLP of `item`. */
export function encodeRlp(item: RlpInput): Uint8Array {
  return RLP.encode(item as Parameters<typeof RLP.encode>[0]);
}

/**
 * The item that `bytes` encodes, whole and canonical.
 *
 * @throws HeddleError `RLP_MALFORMED` when a length is wrong or not minimal, or bytes are left over.
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  try {
    return RLP.decode(bytes) as RlpItem;
  } catch (cause) {
    throw new HeddleError('RLP_MALFORMED', `not valid RLP: ${(cause as Error).message}`, { cause });
  }
}
