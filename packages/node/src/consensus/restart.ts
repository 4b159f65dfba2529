import { applyInput, type ConsensusState, createConsensus, decodeInput, type HeightInput } from '@heddle/consensus';
import type { Address } from '@heddle/primitives';
import type { DriverLog, DriverVoter } from './driver-ports.ts';
import { decodeWholeBlock, type KnownBlocks } from './known-blocks.ts';
import type { Signer } from './signer.ts';
import { SIGNER_STEP, type SignerState } from './signer-state.ts';

/** A place in the order in which a validator signs. */
export interface SignedPlace {
  readonly height: number;
  readonly round: number;
  readonly step: keyof typeof SIGNER_STEP;
}

/** Where a restarted validator goes on. */
export interface Resumed {
  readonly state: ConsensusState;
  /** No signature at this height or below: what was signed there is not all known. */
  readonly voteFloor: number;
}

/**
 * Brings the core back to where the log left it at `input.height`, the height after the store's head, and compares the
 * three witnesses: store, log and signer (research, appendix B). All effects are thrown away: `outstandingEffects`
 * tells what is left to do.
 *
 * @throws HeddleError of the signer when it must be raised and cannot be written
 */
export async function resumeHeight(
  input: HeightInput,
  { signer, wal }: DriverVoter,
  known: KnownBlocks,
  log: DriverLog,
): Promise<Resumed> {
  const { height } = input;
  const last = signer.last();
  if (last.height > height) {
    log.warn(
      { height, signedHeight: last.height },
      'the store lost blocks that this validator signed: following first',
    );
    return { state: enter({ ...input, self: undefined }), voteFloor: last.height };
  }
  const replay = wal.replay(height);
  if (isRolledBack(input, signer)) {
    log.warn(
      { height, signedHeight: last.height },
      'the store holds a signature that the signer does not know: raising it',
    );
    await signer.raise({ height: height - 1, round: input.previous?.certificate.round ?? 0, step: 'precommit' });
    // Only the log can tell what was signed since: without it two heights must pass.
    if (replay.inputs.length === 0) return { state: enter({ ...input, self: undefined }), voteFloor: height + 1 };
  }
  if (!replay.mayVote) {
    log.warn({ height }, 'the consensus log of this height is damaged: following it without a vote');
    return { state: enter({ ...input, self: undefined }), voteFloor: height };
  }
  let state = enter(input);
  for (const bytes of replay.blocks.values()) known.putWhole(decodeWholeBlock(bytes));
  for (const bytes of replay.inputs) state = applyInput(state, decodeInput(bytes)).state;
  const self = state.current?.self;
  if (self === undefined) return { state, voteFloor: 0 };
  if (last.height === height && last.step > 0 && !isKnown(state, self, last)) {
    log.warn(
      { height, round: last.round },
      'the consensus log lacks a signature of this height: following it without a vote',
    );
    return { state: enter({ ...input, self: undefined }), voteFloor: height };
  }
  const highest = ownPlaces(state, self).reduce<SignedPlace | undefined>(later, undefined);
  if (highest && isAbove(highest, last)) {
    log.warn({ ...highest }, 'the log holds a signature that the signer does not know: raising the signer');
    await signer.raise(highest);
  }
  return { state, voteFloor: 0 };
}

/** The certificate of the head carries a signature that is newer than the signer's last: its state is an old copy. */
function isRolledBack({ height, previous }: HeightInput, signer: Signer): boolean {
  const signatures = previous?.certificate.signatures ?? [];
  const isOurs = signatures.some(({ validator }) => validator === signer.address);
  return isOurs && signer.last().height < height - 1;
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

function later(left: SignedPlace | undefined, right: SignedPlace): SignedPlace {
  if (!left) return right;
  return left.round - right.round || SIGNER_STEP[left.step] - SIGNER_STEP[right.step] > 0 ? left : right;
}

/** Whether `place` comes after `last` in the order in which one validator signs. */
export function isAbove(place: SignedPlace, last: SignerState): boolean {
  if (place.height !== last.height) return place.height > last.height;
  if (place.round !== last.round) return place.round > last.round;
  return SIGNER_STEP[place.step] > last.step;
}
