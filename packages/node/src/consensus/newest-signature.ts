import { decodeInput } from '@heddle/consensus';
import { type Address, decodeCommitCertificate } from '@heddle/primitives';
import type { DriverExecution } from './driver-ports.ts';
import { isAbove, type SignedPlace } from './signed-place.ts';
import type { Signer } from './signer.ts';
import { SIGNER_STEP } from './signer-state.ts';
import type { Wal } from './wal.ts';

/** A signature of this validator that lies outside its signer's state, and where: for a sentence. */
export interface FoundSignature extends SignedPlace {
  readonly where: string;
}

/** Where to look. */
export interface SignatureSources {
  readonly signer: Signer;
  readonly wal: Wal;
  readonly execution: Pick<DriverExecution, 'blocks'>;
  /** The store's last block. */
  readonly head: number;
  /** Certificates of blocks below are of another era. */
  readonly eraStart: number;
}

/**
 * How many certificates below the head are looked at. Nothing is ever signed again at stored heights: an older one
 * would only tell that the signer's state is an old copy, and of what.
 */
const MAX_CERTIFICATES = 1_024;
/** Blocks come with their certificates: few at a time. */
const CHUNK_BLOCKS = 16;

/**
 * The newest signature of this validator in its log or in a stored block's certificate, of those that its signer's
 * state should know; undefined: there is none.
 */
export async function newestSignature(sources: SignatureSources): Promise<FoundSignature | undefined> {
  const inLog = newestInLog(sources);
  if (inLog && inLog.height > sources.head) return inLog; // no certificate is newer
  const inChain = await newestInChain(sources);
  return inLog && !(inChain && isAbove(inChain, { ...inLog, step: SIGNER_STEP[inLog.step] })) ? inLog : inChain;
}

function newestInLog({ signer, wal }: SignatureSources): FoundSignature | undefined {
  let newest: SignedPlace | undefined;
  let last: Parameters<typeof isAbove>[1] = signer.last();
  for (const height of wal.heights().filter((one) => one >= last.height)) {
    for (const bytes of wal.replay(height).inputs) {
      const place = ownPlace(bytes, signer.address);
      if (!place || !isAbove(place, last)) continue;
      newest = place;
      last = { ...place, step: SIGNER_STEP[place.step] };
    }
  }
  return newest && { ...newest, where: 'the consensus log' };
}

function ownPlace(bytes: Uint8Array, self: Address): SignedPlace | undefined {
  const input = decodeInput(bytes);
  if (input.type === 'vote' && input.vote.validator === self) return { ...input.vote, step: input.vote.kind };
  if (input.type === 'proposal' && input.proposal.validator === self) return { ...input.proposal, step: 'proposal' };
  return undefined;
}

async function newestInChain({
  signer,
  execution,
  head,
  eraStart,
}: SignatureSources): Promise<FoundSignature | undefined> {
  const lowest = Math.max(signer.last().height, head - MAX_CERTIFICATES + 1, eraStart);
  for (let to = head; to >= lowest; to -= CHUNK_BLOCKS) {
    const from = Math.max(lowest, to - CHUNK_BLOCKS + 1);
    const request = { from, maxCount: to - from + 1, maxBytes: Number.MAX_SAFE_INTEGER };
    const certificates = (await execution.blocks(request)).map(({ certificate }) =>
      decodeCommitCertificate(certificate),
    );
    const own = certificates.findLast(({ signatures }) =>
      signatures.some(({ validator }) => validator === signer.address),
    );
    if (own) return { ...own, step: 'precommit', where: `the certificate of block ${own.height}` };
  }
  return undefined;
}
