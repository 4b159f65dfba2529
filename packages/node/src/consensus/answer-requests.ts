import type { NetworkRequest } from '@heddle/p2p';
import { HeddleError } from '@heddle/primitives';
import type { DriverExecution } from './driver-ports.ts';
import type { KnownBlocks } from './known-blocks.ts';
import { encodeOutline } from './messages.ts';
import { decodePieceRequest, decodeRangeRequest, encodeRangeAnswer, encodeRaws, MAX_ANSWER_BYTES } from './requests.ts';

/** Answers what peers ask of decided and undecided blocks; undefined: cannot, or not in a form that is known. */
export async function answerRequest(
  request: NetworkRequest,
  execution: Pick<DriverExecution, 'blocks'>,
  known: KnownBlocks,
): Promise<Uint8Array | undefined> {
  try {
    if (request.kind === 'blocks') {
      const range = decodeRangeRequest(request.payload);
      return encodeRangeAnswer(range, await execution.blocks(range));
    }
    if (request.kind === 'transactions') return piecesOf(request.payload, known);
    return undefined;
  } catch (error) {
    if (error instanceof HeddleError) return undefined;
    throw error;
  }
}

function piecesOf(payload: Uint8Array, known: KnownBlocks): Uint8Array | undefined {
  const request = decodePieceRequest(payload);
  if (request.type === 'outline') {
    const outline = known.outline(request.blockId);
    return outline?.transactionHashes && encodeOutline(outline);
  }
  const block = known.whole(request.blockId);
  if (!block) return undefined;
  const raws: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const place of request.places) {
    const raw = block.transactions[place];
    if (!raw) return undefined;
    sizeBytes += raw.length;
    if (raws.length > 0 && sizeBytes > MAX_ANSWER_BYTES) break;
    raws.push(raw);
  }
  return encodeRaws(raws);
}
