import type { CommitCertificate, Hash, Proposal, Vote, VoteKind } from '@heddle/primitives';
import { buildCommitCertificate } from './commit-certificate.ts';
import type { ConsensusState, DecidedHeight, HeightState } from './consensus-state.ts';
import type { Step } from './effects.ts';
import { proposerOf } from './proposer.ts';
import { currentProposal } from './rules.ts';
import { isOverOneThird, isQuorum, type ValidatorSet } from './validator-set.ts';
import {
  type HeightMessages,
  messagesOf,
  NO_MESSAGES,
  powerFor,
  type VoteBox,
  votesFor,
  votesOf,
} from './vote-keeper.ts';

/** Where the core stands, for peers and logs. Rounds are -1 for none. */
export interface RoundStatus {
  readonly height: number;
  readonly round: number;
  readonly step: Step;
  readonly lockedRound: number;
  readonly lockedValue: Hash | undefined;
  readonly validRound: number;
  readonly validValue: Hash | undefined;
}

/** Names a set of votes. */
export interface VoteSetId {
  readonly height: number;
  readonly round: number;
  readonly kind: VoteKind;
}

/** Where the core stands; undefined before the first height. */
export function roundStatus({ current }: ConsensusState): RoundStatus | undefined {
  return current && { height: current.height, ...current.rounds };
}

/** The rounds of `height` (the current or the one before) of which anything is known, lowest first. */
export function knownRounds(state: ConsensusState, height: number): number[] {
  return [...(logOf(state, height)?.messages.keys() ?? [])].sort((left, right) => left - right);
}

/**
 * Which validators' votes are known: validator i of that height's set is bit i % 8 of byte i / 8. Undefined for a
 * height that is neither the current one nor the one before.
 */
export function voteBits(state: ConsensusState, { height, round, kind }: VoteSetId): Uint8Array | undefined {
  const log = logOf(state, height);
  if (!log) return undefined;
  const { members } = log.validators;
  const { first } = votesOf(log.messages, round, kind);
  const bits = new Uint8Array(Math.ceil(members.length / 8));
  if (first.size === 0) return bits;
  for (const [index, { address }] of members.entries()) {
    if (first.has(address)) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bits;
}

/** The known votes whose bit is not in `bits` (as {@link voteBits} gives them): what the peer that sent them lacks. */
export function votesMissingIn(state: ConsensusState, id: VoteSetId, bits: Uint8Array): Vote[] {
  const missing: Vote[] = [];
  const indexByAddress = logOf(state, id.height)?.validators.indexByAddress;
  for (const vote of boxOf(state, id).first.values()) {
    const index = indexByAddress?.get(vote.validator) ?? 0;
    if ((((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 0) missing.push(vote);
  }
  return missing;
}

/**
 * Every vote for `blockId` in one set, equivocators' included: what makes a polka or a decision. To be sent whole to a
 * peer whose bits are complete but which has not seen that majority: its equivocators told it something else.
 */
export function votesForBlock(state: ConsensusState, id: VoteSetId, blockId: Hash | undefined): Vote[] {
  return votesFor(boxOf(state, id), blockId);
}

/** Whether this vote is known. */
export function holdsVote(state: ConsensusState, vote: Vote): boolean {
  const { first, conflicting } = boxOf(state, vote);
  const isSame = (known: Vote | undefined) => known?.validator === vote.validator && known.blockId === vote.blockId;
  return isSame(first.get(vote.validator)) || conflicting.some(isSame);
}

/** The block that more than two thirds voted for in one set; undefined for none or nil. */
export function quorumBlockOf(state: ConsensusState, id: VoteSetId): Hash | undefined {
  const log = logOf(state, id.height);
  if (!log) return undefined;
  for (const [blockId, power] of boxOf(state, id).powerByBlock) {
    if (blockId !== undefined && isQuorum(log.validators, power)) return blockId;
  }
  return undefined;
}

/** The proposal of `round` of the current height by the round's proposer. Only rounds up to the current one. */
export function proposalAt({ current }: ConsensusState, round: number): Proposal | undefined {
  if (!current || round < 0 || round > current.rounds.round) return undefined;
  return messagesOf(current.messages, round).proposals.get(proposerOf(current.validators, round))?.proposal;
}

/** The certificate of the height before the current one with all precommits that have come since, or undefined. */
export function previousCertificate({ previous }: ConsensusState): CommitCertificate | undefined {
  return previous && certificateOf(previous);
}

/** The certificate of the current height once it is decided, with all precommits that have come since. */
export function currentCertificate({ current }: ConsensusState): CommitCertificate | undefined {
  return current?.decision && certificateOf({ ...current, ...current.decision });
}

/**
 * Whether the undecided height may still need this block: it is the current round's proposal, locked or valid, or over
 * a third prevoted or precommitted it in some round. Work on any other block may be cancelled.
 */
export function isBlockWanted({ current }: ConsensusState, blockId: Hash): boolean {
  if (!current || current.decision) return false;
  const { lockedValue, validValue } = current.rounds;
  if (blockId === lockedValue || blockId === validValue) return true;
  if (currentProposal(current)?.proposal.blockId === blockId) return true;
  for (const { prevotes, precommits } of current.messages.values()) {
    if (isOverOneThird(current.validators, powerFor(prevotes, blockId))) return true;
    if (isOverOneThird(current.validators, powerFor(precommits, blockId))) return true;
  }
  return false;
}

interface HeightLog {
  readonly validators: ValidatorSet;
  readonly messages: HeightMessages;
}

function logOf({ current, previous }: ConsensusState, height: number): HeightLog | undefined {
  if (current?.height === height) return current;
  return previous?.height === height ? previous : undefined;
}

function boxOf(state: ConsensusState, { height, round, kind }: VoteSetId): VoteBox {
  return votesOf(logOf(state, height)?.messages ?? NO_MESSAGES, round, kind);
}

function certificateOf(decided: DecidedHeight | (HeightState & { round: number; blockId: Hash })): CommitCertificate {
  const { height, round, blockId, validators, messages } = decided;
  return buildCommitCertificate({
    height,
    round,
    blockId,
    validators,
    precommits: votesOf(messages, round, 'precommit'),
  });
}
