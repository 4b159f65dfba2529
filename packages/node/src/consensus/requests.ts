import {
  bigIntToBytes,
  decodeRlp,
  encodeRlp,
  type Hash,
  hexToBytes,
  type RlpItem,
  readFields,
} from '@heddle/primitives';
import type { BlockRangeRequest, DecidedBlock } from '../execution/main-boundary.ts';
import { peerMessageMalformed } from './driver-errors.ts';

// Payloads of the request streams `blocks` and `transactions`.

/** Blocks in one answer at most. */
export const MAX_RANGE_BLOCKS = 128;
/** Bytes of one answer at most, unless a single block is larger. */
export const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** Places in one request for transactions at most: its answer would be cut anyway. */
export const MAX_ASKED_PLACES = 1_024;

/** A request for pieces of an undecided block. */
export type PieceRequest =
  | { readonly type: 'outline'; readonly blockId: Hash }
  /** Transactions by their places in the block. The answer holds the first ones that fit it. */
  | { readonly type: 'transactions'; readonly blockId: Hash; readonly places: readonly number[] };

/** The payload of a `blocks` request. */
export function encodeRangeRequest({ from, maxCount, maxBytes }: BlockRangeRequest): Uint8Array {
  return encodeRlp([number(from), number(maxCount), number(maxBytes)]);
}

/**
 * The request, its limits lowered to ours.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeRangeRequest(bytes: Uint8Array): BlockRangeRequest {
  const fields = readFields(decodeRlp(bytes), 'blocks request');
  const from = fields.number('from');
  const maxCount = Math.min(fields.number('maxCount'), MAX_RANGE_BLOCKS);
  const maxBytes = Math.min(fields.number('maxBytes'), MAX_ANSWER_BYTES);
  fields.end();
  return { from, maxCount, maxBytes };
}

/** The answer to a `blocks` request: decided blocks without a gap. */
export function encodeRange(blocks: readonly DecidedBlock[]): Uint8Array {
  return encodeRlp(blocks.map(({ block, certificate }) => [block, certificate]));
}

/** @throws HeddleError `CONSENSUS_MESSAGE_MALFORMED`, `RLP_MALFORMED`, `RLP_FIELD` */
export function decodeRange(bytes: Uint8Array): DecidedBlock[] {
  const items = decodeRlp(bytes);
  if (!Array.isArray(items)) throw peerMessageMalformed('an answer of blocks is no list');
  if (items.length > MAX_RANGE_BLOCKS) throw peerMessageMalformed(`${items.length} blocks in one answer`);
  return items.map((item: RlpItem) => {
    const fields = readFields(item, 'decided block');
    const decided = { block: fields.bytes('block'), certificate: fields.bytes('certificate') };
    fields.end();
    return decided;
  });
}

/** The payload of a `transactions` request. */
export function encodePieceRequest(request: PieceRequest): Uint8Array {
  const id = hexToBytes(request.blockId);
  return encodeRlp(request.type === 'outline' ? [id] : [id, request.places.map(number)]);
}

/** @throws HeddleError `CONSENSUS_MESSAGE_MALFORMED`, `RLP_MALFORMED`, `RLP_FIELD` */
export function decodePieceRequest(bytes: Uint8Array): PieceRequest {
  const fields = readFields(decodeRlp(bytes), 'transactions request');
  const blockId = fields.hash('blockId');
  if (fields.remaining() === 0) return { type: 'outline', blockId };
  const places = readFields(fields.list('places'), 'places');
  if (places.remaining() > MAX_ASKED_PLACES) throw peerMessageMalformed(`${places.remaining()} places asked for`);
  const asked = Array.from({ length: places.remaining() }, () => places.number('place'));
  fields.end();
  return { type: 'transactions', blockId, places: asked };
}

/** The answer to a request for transactions: raw, in the order asked. */
export function encodeRaws(raws: readonly Uint8Array[]): Uint8Array {
  return encodeRlp(raws);
}

/** @throws HeddleError `CONSENSUS_MESSAGE_MALFORMED`, `RLP_MALFORMED` */
export function decodeRaws(bytes: Uint8Array): Uint8Array[] {
  const items = decodeRlp(bytes);
  if (!Array.isArray(items)) throw peerMessageMalformed('an answer of transactions is no list');
  return items.map((item) => {
    if (item instanceof Uint8Array) return item;
    throw peerMessageMalformed('a transaction in an answer is no byte string');
  });
}

function number(value: number): Uint8Array {
  return bigIntToBytes(BigInt(value));
}
