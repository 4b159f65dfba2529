import { type ValidatorSet, verifyCommitCertificate } from '@heddle/consensus';
import {
  type Address,
  concatBytes,
  decodeBlock,
  decodeCommitCertificate,
  HeddleError,
  hashHeader,
} from '@heddle/primitives';
import type { DecidedBlock } from '../execution/main-boundary.ts';
import { packBytes } from '../pool/packed-bytes.ts';
import type { Authenticity } from './authenticity.ts';
import { peerMessageMalformed } from './driver-errors.ts';
import type { DriverClock, DriverNetwork, DriverPool } from './driver-ports.ts';
import { pause } from './pause.ts';
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
  readonly pool: Pick<DriverPool, 'recoverSenders'>;
  readonly clock: DriverClock;
  readonly authenticity: Pick<Authenticity, 'isVoteAuthentic'>;
  /** The set by which certificates are judged. Its members are the same at every height so far. */
  validators(): ValidatorSet;
}

/** How a peer answered. `blocks`: those that it gave before any fault, proved, without a gap from the first asked. */
export interface RangeOutcome {
  readonly blocks: readonly ProvedBlock[];
  readonly fault: { readonly offence: SyncOffence; readonly reason: string } | undefined;
}

/** Errors that only a dishonest or broken answer causes. */
const FORM_FAULTS = new Set(['RLP_MALFORMED', 'RLP_FIELD', 'VOTE_MALFORMED', 'CONSENSUS_MESSAGE_MALFORMED']);
/** Causes of `P2P_REQUEST_FAILED` that are the peer's doing. */
const OFFENCES: Readonly<Record<string, SyncOffence>> = {
  P2P_TOO_SLOW: 'slow',
  P2P_TIMED_OUT: 'slow',
  P2P_FRAME_OVERSIZED: 'dishonest',
};
/** Signatures of certificates checked in one go: a millisecond or two. */
const CHECKS_AT_ONCE = 16;
const RETRY_MS = 50;

/**
 * Asks one peer for a range and proves what comes: form, certificate, signatures of transactions. Executes nothing.
 *
 * @throws HeddleError of the pool's thread
 */
export async function downloadRange(
  ports: RangeDownloadPorts,
  peerId: string,
  range: SyncRange,
  signal: AbortSignal,
): Promise<RangeOutcome> {
  const blocks: ProvedBlock[] = [];
  try {
    const decided = await requestRange(ports, peerId, range);
    if (decided.length === 0) return { blocks, fault: { offence: 'unhelpful', reason: 'no blocks' } };
    if (decided.length > range.to - range.from + 1)
      throw peerMessageMalformed(`${decided.length} blocks, not asked for`);
    let checks = 0;
    for (const each of decided) {
      if (signal.aborted) break;
      const proved = await prove(ports, each, { height: range.from + blocks.length, peerId, signal });
      if (proved === undefined) break;
      blocks.push(proved);
      checks += proved.certificate.signatures.length;
      if (checks < CHECKS_AT_ONCE) continue;
      checks = 0;
      await pause(ports.clock, 0, signal); // votes wait meanwhile
    }
    return { blocks, fault: undefined };
  } catch (error) {
    const offence = error instanceof HeddleError ? offenceOf(error) : undefined;
    if (!offence) throw error;
    return { blocks, fault: { offence, reason: (error as HeddleError).message } };
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

/** Undefined: nobody needs it any more. @throws HeddleError of {@link FORM_FAULTS} */
async function prove(
  ports: RangeDownloadPorts,
  decided: DecidedBlock,
  { height, peerId, signal }: { readonly height: number; readonly peerId: string; readonly signal: AbortSignal },
): Promise<ProvedBlock | undefined> {
  const certificate = decodeCommitCertificate(decided.certificate);
  const { header, transactions } = decodeBlock(decided.block);
  const { number } = header;
  const blockId = hashHeader(header);
  if (number !== height) throw peerMessageMalformed(`block ${number} in the place of ${height}`);
  const fault = verifyCommitCertificate(certificate, {
    height,
    blockId,
    validators: ports.validators(),
    isAuthentic: ports.authenticity.isVoteAuthentic,
  });
  if (fault) throw peerMessageMalformed(`block ${height} with a certificate with ${fault}`);
  const senders = await sendersOf(ports, transactions, signal);
  if (senders === undefined) return undefined;
  if (senders.length < transactions.length) {
    throw peerMessageMalformed(`block ${height} with a transaction without a valid signature`);
  }
  return { block: { blockId, header, bytes: decided.block, senders }, certificate, from: peerId };
}

/** Shorter than `transactions` where one has no sender; undefined once aborted. */
async function sendersOf(
  { pool, clock }: RangeDownloadPorts,
  transactions: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<Address[] | undefined> {
  if (transactions.length === 0) return [];
  while (!signal.aborted) {
    try {
      const senders = await pool.recoverSenders(packBytes(transactions));
      return senders.filter((sender) => sender !== undefined);
    } catch (error) {
      if (!(error instanceof HeddleError) || error.code !== 'THREAD_BUSY') throw error;
      await pause(clock, RETRY_MS, signal); // proposals go first
    }
  }
  return undefined;
}

/** Undefined: it is none of the peer's. */
function offenceOf({ code, cause }: HeddleError): SyncOffence | undefined {
  if (FORM_FAULTS.has(code)) return 'dishonest';
  if (code !== 'P2P_REQUEST_FAILED') return undefined;
  return (cause instanceof HeddleError && OFFENCES[cause.code]) || 'unhelpful';
}
