import { type Address, assert, type Proposal, type Vote } from '@heddle/primitives';
import { votesOfCertificate } from './commit-certificate.ts';
import type { ConsensusState, DecidedHeight, HeightState } from './consensus-state.ts';
import type { Effect, OwnMessage } from './effects.ts';
import {
  type BlockBuiltInput,
  type BlockValidityInput,
  type HeightInput,
  heightOfInput,
  type Input,
  type ProposalInput,
  type Timeout,
  type VoteInput,
} from './inputs.ts';
import { keepAhead, NOTHING_AHEAD, takeAhead } from './messages-ahead.ts';
import { proposerOf } from './proposer.ts';
import {
  isPrecommitTimeoutDue,
  type Line,
  NEW_HEIGHT,
  onTimeoutPrevote,
  onTimeoutPropose,
  proposeBuilt,
} from './round-machine.ts';
import { applyMove, type Draft, enterRound, fireRules, hasOwnProposal, isRound, knowledgeOf } from './rules.ts';
import {
  type HeightMessages,
  type Kept,
  keepProposal,
  keepVote,
  NO_MESSAGES,
  withoutStaleCatchUp,
} from './vote-keeper.ts';
import { withEntry } from './with-entry.ts';

// Start here. The core is one pure function: applyInput(state, input) gives the next state and what to do about it.
//
//   inputs.ts   what it is told          rules.ts          which line of the paper applies (to a fixed point)
//   effects.ts  what it asks for         round-machine.ts  what that line does
//   queries.ts  what others may read     vote-keeper.ts    the messages of one height
//
// It reads no clock, draws no random number and touches neither disk nor network: the same inputs give the same
// states and effects, so the write-ahead log is a list of inputs and a simulator replays from a seed.

/** The outcome of one input. `lines` are the lines of Algorithm 1 that fired, in order. */
export interface Transition {
  readonly state: ConsensusState;
  /** To be carried out in order. */
  readonly effects: readonly Effect[];
  readonly lines: readonly Line[];
}

/** A core that knows nothing; its first input is `height`. */
export function createConsensus(): ConsensusState {
  return { current: undefined, previous: undefined, ahead: NOTHING_AHEAD };
}

/**
 * The core's next state. Inputs that come too late, too early or from nobody of the set change nothing.
 *
 * @throws BugError for a `height` input that is not above the current height
 */
export function applyInput(state: ConsensusState, input: Input): Transition {
  if (input.type === 'height') return enterHeight(state, input);
  const { current, previous } = state;
  if (!current) return unchanged(state);
  const height = heightOfInput(input);
  if (input.type === 'vote' || input.type === 'proposal') {
    if (height > current.height) return unchanged({ ...state, ahead: keepAhead(state.ahead, input, current) });
    if (height === previous?.height && input.type === 'vote') return completePrevious(state, previous, input.vote);
  }
  if (height !== current.height) return unchanged(state);
  const draft: Draft = { current, effects: [], lines: [] };
  take(draft, input);
  fireRules(draft);
  return { state: { ...state, current: draft.current }, effects: draft.effects, lines: draft.lines };
}

/** L52-53: the next height with an empty log but for what came early; the decided one is kept for late precommits. */
function enterHeight(state: ConsensusState, input: HeightInput): Transition {
  const { height, validators, self } = input;
  assert(height > (state.current?.height ?? 0), `height ${height} follows height ${state.current?.height}`);
  const current: HeightState = {
    height,
    validators,
    self: self !== undefined && validators.indexByAddress.has(self) ? self : undefined,
    rounds: NEW_HEIGHT,
    messages: NO_MESSAGES,
    blocks: new Map(),
    firsts: new Set(),
    unsigned: [],
    decision: undefined,
    isHalted: false,
  };
  const draft: Draft = { current, effects: [], lines: [] };
  draft.effects.push({ type: 'newStep', height, round: NEW_HEIGHT.round, step: NEW_HEIGHT.step });
  const { inputs, rest } = takeAhead(state.ahead, height);
  for (const early of inputs) take(draft, early);
  fireRules(draft);
  const previous = decidedBefore(state, input);
  return { state: { current: draft.current, previous, ahead: rest }, effects: draft.effects, lines: draft.lines };
}

function take(draft: Draft, input: Exclude<Input, HeightInput>): void {
  switch (input.type) {
    case 'start':
      takeStart(draft);
      break;
    case 'proposal':
      takeProposal(draft, input);
      break;
    case 'vote':
      takeVote(draft, input);
      break;
    case 'blockValidity':
      takeValidity(draft, input);
      break;
    case 'blockBuilt':
      takeBuilt(draft, input);
      break;
    case 'timeout':
      takeTimeout(draft, input.timeout);
      break;
  }
}

function takeStart(draft: Draft): void {
  if (draft.current.rounds.step !== 'newHeight' || draft.current.isHalted) return;
  draft.lines.push('L10');
  enterRound(draft, 0);
}

function takeProposal(draft: Draft, { proposal, timely }: ProposalInput): void {
  const { validators, messages, rounds } = draft.current;
  const { validator, round, polRound } = proposal;
  if (!isRound(round) || polRound < -1 || polRound >= round || !validators.indexByAddress.has(validator)) return;
  acknowledge(draft, validator, { type: 'proposal', proposal });
  // Whose turn a far round is would cost an election per round: there the sender's own limit bounds what is kept.
  if (round <= rounds.round + 1 && proposerOf(validators, round) !== validator) return;
  keep(draft, keepProposal(messages, validators, { proposal, timely }), validator, round);
}

function takeVote(draft: Draft, { vote }: VoteInput): void {
  const { validators, messages } = draft.current;
  if (!isRound(vote.round) || !validators.indexByAddress.has(vote.validator)) return;
  acknowledge(draft, vote.validator, { type: 'vote', vote });
  keep(draft, keepVote(messages, validators, vote), vote.validator, vote.round);
}

function keep(draft: Draft, kept: Kept, sender: Address, round: number): void {
  const { validators, rounds } = draft.current;
  const currentRound = rounds.round;
  const isAhead = kept.isNew && round > currentRound + 1;
  const messages = isAhead ? withoutStaleCatchUp(kept.messages, validators, { sender, currentRound }) : kept.messages;
  draft.current = { ...draft.current, messages };
  if (kept.evidence) draft.effects.push({ type: 'evidence', evidence: kept.evidence });
}

/** An own message has come back: it no longer waits for its signature. */
function acknowledge(
  draft: Draft,
  sender: Address,
  signed: { type: 'proposal'; proposal: Proposal } | { type: 'vote'; vote: Vote },
): void {
  const { self, unsigned } = draft.current;
  if (sender !== self) return;
  draft.current = { ...draft.current, unsigned: unsigned.filter((own) => !isAnswered(own, signed)) };
}

function isAnswered(own: OwnMessage, signed: OwnMessage): boolean {
  if (own.type === 'proposal' && signed.type === 'proposal') return own.proposal.round === signed.proposal.round;
  if (own.type === 'vote' && signed.type === 'vote') {
    return own.vote.kind === signed.vote.kind && own.vote.round === signed.vote.round;
  }
  return false;
}

/** valid(v). A verdict stands: execution is deterministic, so a second answer can only be the same. */
function takeValidity(draft: Draft, { blockId, verdict }: BlockValidityInput): void {
  const known = knowledgeOf(draft.current, blockId);
  if (known.verdict !== undefined) return;
  draft.current = { ...draft.current, blocks: withEntry(draft.current.blocks, blockId, { ...known, verdict }) };
}

/** L18-19: getValue() has answered. Too late (the round or its step is over) or a second time: dropped. */
function takeBuilt(draft: Draft, { round, blockId }: BlockBuiltInput): void {
  const { rounds, self, validators } = draft.current;
  if (rounds.round !== round || self === undefined || proposerOf(validators, round) !== self) return;
  if (rounds.step !== 'propose' || hasOwnProposal(draft.current)) return;
  const known = { ...knowledgeOf(draft.current, blockId), verdict: 'valid' } as const;
  draft.current = { ...draft.current, blocks: withEntry(draft.current.blocks, blockId, known) };
  applyMove(draft, proposeBuilt(rounds, blockId));
}

function takeTimeout(draft: Draft, { kind, round }: Timeout): void {
  const { rounds, isHalted } = draft.current;
  if (isHalted) return;
  if (kind === 'propose') applyMove(draft, onTimeoutPropose(rounds, round));
  else if (kind === 'prevote') applyMove(draft, onTimeoutPrevote(rounds, round));
  else if (isPrecommitTimeoutDue(rounds, round) && isRound(round + 1)) {
    draft.lines.push('L65');
    enterRound(draft, round + 1); // L67
  }
}

/** A precommit of the height before: it joins that height's certificate if it is for the decided round. */
function completePrevious(state: ConsensusState, previous: DecidedHeight, vote: Vote): Transition {
  const { validators, round, messages } = previous;
  if (vote.kind !== 'precommit' || vote.round !== round || !validators.indexByAddress.has(vote.validator)) {
    return unchanged(state);
  }
  const kept = keepVote(messages, validators, vote);
  const effects: Effect[] = kept.evidence ? [{ type: 'evidence', evidence: kept.evidence }] : [];
  return { state: { ...state, previous: { ...previous, messages: kept.messages } }, effects, lines: [] };
}

function decidedBefore({ current }: ConsensusState, input: HeightInput): DecidedHeight | undefined {
  const own =
    current?.height === input.height - 1 && current.decision ? { ...current, ...current.decision } : undefined;
  const certificate = input.previous?.certificate;
  if (own && (!certificate || (certificate.round === own.round && certificate.blockId === own.blockId))) {
    const { height, validators, round, blockId, messages } = own;
    return { height, validators, round, blockId, messages };
  }
  if (!input.previous || !certificate || certificate.height !== input.height - 1) return undefined;
  const { validators } = input.previous;
  const { height, round, blockId } = certificate;
  const messages = votesOfCertificate(certificate).reduce<HeightMessages>(
    (log, vote) => keepVote(log, validators, vote).messages,
    NO_MESSAGES,
  );
  return { height, validators, round, blockId, messages };
}

function unchanged(state: ConsensusState): Transition {
  return { state, effects: [], lines: [] };
}
