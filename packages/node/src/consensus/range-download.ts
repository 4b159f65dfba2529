import { type ValidatorSet, verifyCommitCertificate } from '@heddle/consensus';
import {
  type Address,
  type CommitCertificate,
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
import type { HeightOrder } from './height-order.ts';
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

/** What is done with a range. */
export interface RangeTaker {
  /** Ends what nobody needs any more. */
  readonly signal: AbortSignal;
  /** In which senders are found, for all ranges. */
  readonly order: HeightOrder;
  /** The answer is here, all of it. */
  arrived(): void;
  /** Blocks that are proved, a few at a time, without a gap from the first asked on. */
  proved(blocks: readonly ProvedBlock[]): void;
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
/** Blocks are proved in lots: signatures of certificates in one go, a millisecond or two, while votes wait. */
const LOT_CHECKS = 16;
/** With so many transactions a lot ends: ten milliseconds of the pool's, which has proposals to look at. */
const LOT_TRANSACTIONS = 256;
const RETRY_MS = 50;

/**
 * Asks one peer for a range and proves what comes: form, certificate, signatures of transactions. Executes nothing.
 * Returns what the peer did wrong.
 *
 * @throws HeddleError of the pool's thread
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
    for (let count = 0; count < decided.length && !taker.signal.aborted; ) {
      const lot = checkLot(ports, decided.slice(count), range.from + count);
      const proved = await withSenders(ports, peerId, lot, taker);
      if (!taker.signal.aborted) taker.proved(proved);
      count += lot.length;
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

/** A block whose form and certificate are right. */
interface CertifiedBlock {
  readonly block: Omit<ProvedBlock['block'], 'senders'>;
  readonly certificate: CommitCertificate;
  readonly transactions: readonly Uint8Array[];
}

/** The first blocks of `decided`, as many as one lot holds. @throws HeddleError of {@link FORM_FAULTS} */
function checkLot(ports: RangeDownloadPorts, decided: readonly DecidedBlock[], from: number): CertifiedBlock[] {
  const lot: CertifiedBlock[] = [];
  let [checks, transactions] = [0, 0];
  for (const each of decided) {
    const certified = checkCertificate(ports, each, from + lot.length);
    lot.push(certified);
    checks += certified.certificate.signatures.length;
    transactions += certified.transactions.length;
    if (checks >= LOT_CHECKS || transactions >= LOT_TRANSACTIONS) break;
  }
  return lot;
}

/** @throws HeddleError of {@link FORM_FAULTS} */
function checkCertificate(ports: RangeDownloadPorts, decided: DecidedBlock, height: number): CertifiedBlock {
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
  return { block: { blockId, header, bytes: decided.block }, certificate, transactions };
}

/** @throws HeddleError of {@link FORM_FAULTS} where a transaction has no sender */
async function withSenders(
  ports: RangeDownloadPorts,
  peerId: string,
  lot: readonly CertifiedBlock[],
  { signal, order }: RangeTaker,
): Promise<ProvedBlock[]> {
  const transactions = lot.flatMap((each) => each.transactions);
  if (transactions.length === 0) await pause(ports.clock, 0, signal); // votes wait meanwhile
  const height = lot[0]?.block.header.number ?? 0;
  const found = await order.run(height, () => sendersOf(ports, transactions, signal));
  let place = 0;
  return lot.map(({ block, certificate, transactions: { length } }) => {
    const senders = found.slice(place, place + length).filter((sender) => sender !== undefined);
    place += length;
    if (senders.length < length && !signal.aborted) {
      throw peerMessageMalformed(`block ${block.header.number} with a transaction without a valid signature`);
    }
    return { block: { ...block, senders }, certificate, from: peerId };
  });
}

/** Undefined for one that has no sender; nothing once aborted. */
async function sendersOf(
  { pool, clock }: RangeDownloadPorts,
  transactions: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<readonly (Address | undefined)[]> {
  if (transactions.length === 0) return [];
  while (!signal.aborted) {
    try {
      return await pool.recoverSenders(packBytes(transactions));
    } catch (error) {
      if (!(error instanceof HeddleError) || error.code !== 'THREAD_BUSY') throw error;
      await pause(clock, RETRY_MS, signal); // proposals go first
    }
  }
  return [];
}

/** Undefined: it is none of the peer's. */
function offenceOf({ code, cause }: HeddleError): SyncOffence | undefined {
  if (FORM_FAULTS.has(code)) return 'dishonest';
  if (code !== 'P2P_REQUEST_FAILED') return undefined;
  return (cause instanceof HeddleError && OFFENCES[cause.code]) || 'unhelpful';
}
