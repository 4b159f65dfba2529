import { concatBytes, HeddleError } from '@heddle/primitives';
import type { DecidedBlock } from '../execution/main-boundary.ts';
import type { BlockProver } from './block-prover.ts';
import { peerMessageMalformed } from './driver-errors.ts';
import type { DriverNetwork } from './driver-ports.ts';
import {
  decodeDecided,
  decodeRangeAnswer,
  encodeRangeRequest,
  MAX_ANSWER_BYTES,
  type RangeAnswer,
} from './requests.ts';
import type { SyncOffence } from './sync-peers.ts';
import type { ProvedBlock, SyncRange } from './sync-window.ts';

/** What asking for a range takes. */
export interface RangeDownloadPorts {
  readonly network: Pick<DriverNetwork, 'request'>;
  readonly prover: Pick<BlockProver, 'prove'>;
}

/** What is done with a range. */
export interface RangeTaker {
  /** Ends what nobody needs any more. */
  readonly signal: AbortSignal;
  /** The answer is here, all of it. */
  arrived(): void;
  /** Whether the block of this height is still of use. */
  isNeeded(height: number): boolean;
  /** The next block is proved; undefined: it is not needed any more. */
  proved(block: ProvedBlock | undefined): void;
}

/** What is wrong with an answer, or with there being none. */
export interface RangeFault {
  readonly offence: SyncOffence;
  readonly reason: string;
}

/** Errors that only a dishonest or broken answer causes. */
const FORM_FAULTS = new Set(['RLP_MALFORMED', 'RLP_FIELD', 'VOTE_MALFORMED', 'CONSENSUS_MESSAGE_MALFORMED']);
/** Causes of `P2P_REQUEST_FAILED` that are the peer's doing. */
const OFFENCES: Readonly<Record<string, SyncOffence>> = {
  P2P_TOO_SLOW: 'slow',
  P2P_TIMED_OUT: 'slow',
  P2P_FRAME_OVERSIZED: 'dishonest',
};

/**
 * Asks one peer for a range and has what comes proved, block after block. Returns what the peer did wrong.
 */
export async function downloadRange(
  ports: RangeDownloadPorts,
  peerId: string,
  range: SyncRange,
  taker: RangeTaker,
): Promise<RangeFault | undefined> {
  try {
    const decided = await requestRange(ports, peerId, range);
    taker.arrived();
    if (decided.length === 0) return { offence: 'unhelpful', reason: 'no blocks' };
    if (decided.length > range.to - range.from + 1)
      throw peerMessageMalformed(`${decided.length} blocks, not asked for`);
    for (const [index, each] of decided.entries()) {
      const height = range.from + index;
      const proof = { height, peerId, signal: taker.signal, isNeeded: () => taker.isNeeded(height) };
      const block = await ports.prover.prove(each, proof);
      if (taker.signal.aborted) break;
      taker.proved(block);
    }
    return undefined;
  } catch (error) {
    const offence = error instanceof HeddleError ? offenceOf(error) : undefined;
    if (!offence) throw error;
    return { offence, reason: (error as HeddleError).message };
  }
}

/** @throws HeddleError `P2P_REQUEST_FAILED` and those of {@link decodeRangeAnswer} */
async function requestRange(
  { network }: RangeDownloadPorts,
  peerId: string,
  { from, to }: SyncRange,
): Promise<readonly DecidedBlock[]> {
  const ask = async (maxCount: number, offset?: number): Promise<RangeAnswer> => {
    const payload = encodeRangeRequest({ from, maxCount, maxBytes: MAX_ANSWER_BYTES, offset });
    return decodeRangeAnswer(await network.request(peerId, { kind: 'blocks', payload }));
  };
  const first = await ask(to - from + 1);
  if (first.type === 'blocks') return first.blocks;
  const pieces = [first.bytes];
  let size = first.bytes.length;
  for (let last = first; size < first.totalBytes; ) {
    const next = await ask(1, size);
    if (next.type !== 'piece' || next.totalBytes !== first.totalBytes || last.bytes.length < MAX_ANSWER_BYTES) {
      throw peerMessageMalformed('the pieces of a block do not fit');
    }
    pieces.push(next.bytes);
    size += next.bytes.length;
    last = next;
  }
  if (size !== first.totalBytes) throw peerMessageMalformed('the pieces of a block do not fit');
  return [decodeDecided(concatBytes(...pieces))];
}

/** Undefined: it is none of the peer's. */
function offenceOf({ code, cause }: HeddleError): SyncOffence | undefined {
  if (FORM_FAULTS.has(code)) return 'dishonest';
  if (code !== 'P2P_REQUEST_FAILED') return undefined;
  return (cause instanceof HeddleError && OFFENCES[cause.code]) || 'unhelpful';
}
