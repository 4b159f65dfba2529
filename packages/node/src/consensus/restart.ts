import {
  applyInput,
  type ConsensusState,
  createConsensus,
  decodeInput,
  type HeightInput,
  isQuorum,
  powerOf,
} from '@heddle/consensus';
import type { Address } from '@heddle/primitives';
import type { DriverExecution, DriverLog, DriverVoter } from './driver-ports.ts';
import { decodeWholeBlock, type KnownBlocks } from './known-blocks.ts';
import { newestSignature } from './newest-signature.ts';
import { isAbove, type SignedPlace } from './signed-place.ts';
import type { Signer } from './signer.ts';
import { signerStateOld } from './signer-errors.ts';
import { SIGNER_STEP, type SignerState } from './signer-state.ts';
import type { Wal } from './wal.ts';

/** Where a restarted validator goes on. */
export interface Resumed {
  readonly state: ConsensusState;
  /** No signature at this height or below: what was signed there is not all known. */
  readonly voteFloor: number;
}

/** What a restart reads besides log and signer. */
export interface ResumeSources {
  readonly known: KnownBlocks;
  readonly execution: Pick<DriverExecution, 'blocks'>;
  readonly log: DriverLog;
}

/**
 * Brings the core back to where the log left it at `input.height`, the height after the store's head, and compares the
 * three witnesses: store, log and signer (research, appendix B). All effects are thrown away: `outstandingEffects`
 * tells what is left to do.
 *
 * @throws HeddleError `SIGNER_STATE_OLD`; of the signer when it must be raised and cannot be written
 */
export async function resumeHeight(
  input: HeightInput,
  { signer, wal, eraStart }: DriverVoter,
  { known, execution, log }: ResumeSources,
): Promise<Resumed> {
  const { height } = input;
  if (signer.last().height > height) {
    const { height: signedHeight } = signer.last();
    log.warn({ height, signedHeight }, 'the store lost blocks that this validator signed: following first');
    return follow(input, signedHeight);
  }
  const newest = await newestSignature({ signer, wal, execution, head: height - 1, eraStart });
  if (newest && isAbove(newest, signer.last())) {
    if (!signer.isStateAccepted) throw signerStateOld(signer.stateFile, signer.last(), newest);
    log.warn({ ...newest }, 'a signature is known that the state of the signer does not hold: raising it');
    await signer.raise(newest);
  }
  if (signer.isStateAccepted && !isCovered(wal, height) && !decidesAlone(input, signer)) {
    // Nothing here tells what was signed last. Whatever it was, two heights later it does not matter.
    await signer.raise({ height: height + 1, round: 0, step: 'precommit' });
    log.warn({ height }, 'what this validator signed last is not known: following for two heights');
    return follow(input, height + 1);
  }
  const replay = wal.replay(height);
  if (!replay.mayVote) {
    log.warn({ height }, 'the consensus log of this height is damaged: following it without a vote');
    return follow(input, height);
  }
  let state = enter(input);
  for (const bytes of replay.blocks.values()) known.putWhole(decodeWholeBlock(bytes));
  for (const bytes of replay.inputs) state = applyInput(state, decodeInput(bytes)).state;
  const self = state.current?.self;
  const last = signer.last();
  if (self !== undefined && last.height === height && last.step > 0 && !isKnown(state, self, last)) {
    const { round } = last;
    log.warn({ height, round }, 'the consensus log lacks a signature of this height: following it without a vote');
    return follow(input, height);
  }
  return { state, voteFloor: 0 };
}

/** At `height` without a key. */
function follow(input: HeightInput, voteFloor: number): Resumed {
  return { state: enter({ ...input, self: undefined }), voteFloor };
}

/** The log goes on to the store's head or beyond: it holds whatever was signed at `height`. */
function isCovered(wal: Wal, height: number): boolean {
  return (wal.heights().at(-1) ?? -1) >= height - 1;
}

/** Nobody else could decide the heights that it would wait for. */
function decidesAlone({ validators }: HeightInput, { address }: Signer): boolean {
  return isQuorum(validators, powerOf(validators, address));
}

function enter(input: HeightInput): ConsensusState {
  return applyInput(createConsensus(), input).state;
}

/** Everything that the core knows to be signed by `self` at its height. */
function ownPlaces({ current }: ConsensusState, self: Address): SignedPlace[] {
  if (!current) return [];
  const { height } = current;
  const places: SignedPlace[] = [];
  for (const [round, { proposals, prevotes, precommits }] of current.messages) {
    if (proposals.has(self)) places.push({ height, round, step: 'proposal' });
    if (prevotes.first.has(self)) places.push({ height, round, step: 'prevote' });
    if (precommits.first.has(self)) places.push({ height, round, step: 'precommit' });
  }
  return places;
}

/** The last signature is in the core, or the core is about to ask for the same one again. */
function isKnown(state: ConsensusState, self: Address, last: SignerState): boolean {
  const unsigned = (state.current?.unsigned ?? []).map((own): SignedPlace => {
    if (own.type === 'proposal') return { ...own.proposal, step: 'proposal' };
    return { height: own.vote.height, round: own.vote.round, step: own.vote.kind };
  });
  return [...ownPlaces(state, self), ...unsigned].some(
    ({ round, step }) => round > last.round || (round === last.round && SIGNER_STEP[step] >= last.step),
  );
}
