import {
  decodeRlp,
  encodeRlp,
  type Hash,
  hexToBytes,
  numberToBytes,
  type RlpItem,
  readFields,
} from '@heddle/primitives';
import type { BlockRangeRequest, DecidedBlock } from '../execution/main-boundary.ts';
import { peerMessageMalformed } from './driver-errors.ts';

// Payloads of the request streams `blocks` and `transactions`.

/** Blocks in one answer at most. */
export const MAX_RANGE_BLOCKS = 128;
/** Bytes of one answer at most, beside what encloses them. A larger block comes in pieces. */
export const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** What a decided block may weigh with its certificate: the largest block (8 MiB), and a thousand signatures. */
export const MAX_DECIDED_BYTES = 8 * 1024 * 1024 + 128 * 1024;
/** Places in one request for transactions at most: its answer would be cut anyway. */
export const MAX_ASKED_PLACES = 1_024;

/** A request for pieces of an undecided block. */
export type PieceRequest =
  | { readonly type: 'outline'; readonly blockId: Hash }
  /** Transactions by their places in the block. The answer holds the first ones that fit it. */
  | { readonly type: 'transactions'; readonly blockId: Hash; readonly places: readonly number[] };

/** A request for decided blocks. */
export interface RangeRequest extends BlockRangeRequest {
  /** Set: of the block `from` alone, its encoded bytes from here on. */
  readonly offset?: number | undefined;
}

/** The payload of a `blocks` request. */
export function encodeRangeRequest({ from, maxCount, maxBytes, offset }: RangeRequest): Uint8Array {
  const fields = [from, maxCount, maxBytes, ...(offset === undefined ? [] : [offset])];
  return encodeRlp(fields.map(numberToBytes));
}

/**
 * The request, its limits lowered to ours.
 *
 * @throws HeddleError `RLP_MALFORMED`, `RLP_FIELD`
 */
export function decodeRangeRequest(bytes: Uint8Array): RangeRequest {
  const fields = readFields(decodeRlp(bytes), 'blocks request');
  const from = fields.number('from');
  const maxCount = Math.min(fields.number('maxCount'), MAX_RANGE_BLOCKS);
  const maxBytes = Math.min(fields.number('maxBytes'), MAX_ANSWER_BYTES);
  const offset = fields.remaining() === 0 ? undefined : fields.number('offset');
  fields.end();
  return { from, maxCount, maxBytes, offset };
}

/** What answers a request for decided blocks: blocks without a gap, or a piece of one that is too large for an answer. */
export type RangeAnswer =
  | { readonly type: 'blocks'; readonly blocks: readonly DecidedBlock[] }
  | { readonly type: 'piece'; readonly totalBytes: number; readonly bytes: Uint8Array };

/** The answer to `request` out of the blocks that were read for it. */
export function encodeRangeAnswer({ offset }: RangeRequest, blocks: readonly DecidedBlock[]): Uint8Array {
  const [first] = blocks;
  const isLarge = first && first.block.length + first.certificate.length > MAX_ANSWER_BYTES;
  if (!first || (!isLarge && offset === undefined)) return encodeRlp(blocks.map(decidedFields));
  const whole = encodeRlp(decidedFields(first));
  const start = offset ?? 0;
  return encodeRlp([numberToBytes(whole.length), whole.subarray(start, start + MAX_ANSWER_BYTES)]);
}

/** @throws HeddleError `CONSENSUS_MESSAGE_MALFORMED`, `RLP_MALFORMED`, `RLP_FIELD` */
export function decodeRangeAnswer(answer: Uint8Array): RangeAnswer {
  const items = decodeRlp(answer);
  if (!Array.isArray(items)) throw peerMessageMalformed('an answer of blocks is no list');
  if (items[0] instanceof Uint8Array) {
    const fields = readFields(items, 'piece of a block');
    const [totalBytes, bytes] = [fields.number('total'), fields.bytes('bytes')];
    fields.end();
    if (totalBytes > MAX_DECIDED_BYTES) throw peerMessageMalformed(`a block of ${totalBytes} bytes`);
    return { type: 'piece', totalBytes, bytes };
  }
  if (items.length > MAX_RANGE_BLOCKS) throw peerMessageMalformed(`${items.length} blocks in one answer`);
  return { type: 'blocks', blocks: items.map(readDecided) };
}

/** The block whose pieces were put together. @throws HeddleError as {@link decodeRangeAnswer} */
export function decodeDecided(whole: Uint8Array): DecidedBlock {
  return readDecided(decodeRlp(whole));
}

function decidedFields({ block, certificate }: DecidedBlock): Uint8Array[] {
  return [block, certificate];
}

function readDecided(item: RlpItem): DecidedBlock {
  const fields = readFields(item, 'decided block');
  const decided = { block: fields.bytes('block'), certificate: fields.bytes('certificate') };
  fields.end();
  return decided;
}

/** The payload of a `transactions` request. */
export function encodePieceRequest(request: PieceRequest): Uint8Array {
  const id = hexToBytes(request.blockId);
  return encodeRlp(request.type === 'outline' ? [id] : [id, request.places.map(numberToBytes)]);
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
  if (items.length > MAX_ASKED_PLACES) throw peerMessageMalformed(`${items.length} transactions in one answer`);
  return items.map((item) => {
    if (item instanceof Uint8Array) return item;
    throw peerMessageMalformed('a transaction in an answer is no byte string');
  });
}
