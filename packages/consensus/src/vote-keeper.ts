import type { Address, Hash, Proposal, Vote, VoteKind } from '@heddle/primitives';
import type { Evidence } from './effects.ts';
import { MAX_CATCH_UP_ROUNDS, MAX_CONFLICTING_MESSAGES } from './limits.ts';
import { powerOf, type ValidatorSet } from './validator-set.ts';
import { withEntry } from './with-entry.ts';

// The message log of one height: the paper's "upon" conditions read nothing else. All values here are immutable, and
// adding copies only the maps that change, so an earlier state of the core stays what it was.

/** A proposal with the driver's judgement of its time. */
export interface KeptProposal {
  readonly proposal: Proposal;
  readonly timely: boolean;
}

/** All votes of one kind in one round. */
export interface VoteBox {
  /** The first vote of each validator: what "2f + 1 of any value" counts, and what bit arrays show. */
  readonly first: ReadonlyMap<Address, Vote>;
  /**
   * Later votes of equivocators, each for another block than their first. They count for their own block: a correct
   * node that saw them first has that quorum, and would otherwise stay apart from us for ever.
   */
  readonly conflicting: readonly Vote[];
  /** Power of the senders of `first`. */
  readonly power: bigint;
  /** Power behind each block, undefined being nil. */
  readonly powerByBlock: ReadonlyMap<Hash | undefined, bigint>;
}

/** All messages of one round. */
export interface RoundMessages {
  /** The first proposal of each sender. Only the one of the round's proposer matters, but who that is may be costly. */
  readonly proposals: ReadonlyMap<Address, KeptProposal>;
  /** Who has been reported for a second, different proposal. */
  readonly doubleProposers: ReadonlySet<Address>;
  readonly prevotes: VoteBox;
  readonly precommits: VoteBox;
  /** Power of the distinct senders of any message of this round. */
  readonly senderPower: bigint;
}

/** All messages of one height, by round. */
export type HeightMessages = ReadonlyMap<number, RoundMessages>;

/** What adding a message did. `evidence` is set once per (validator, round, kind). */
export interface Kept {
  readonly messages: HeightMessages;
  readonly isNew: boolean;
  readonly evidence?: Evidence;
}

/** No messages. */
export const NO_MESSAGES: HeightMessages = new Map();

const EMPTY_BOX: VoteBox = { first: new Map(), conflicting: [], power: 0n, powerByBlock: new Map() };
const EMPTY_ROUND: RoundMessages = {
  proposals: new Map(),
  doubleProposers: new Set(),
  prevotes: EMPTY_BOX,
  precommits: EMPTY_BOX,
  senderPower: 0n,
};

/** The messages of `round`. */
export function messagesOf(messages: HeightMessages, round: number): RoundMessages {
  return messages.get(round) ?? EMPTY_ROUND;
}

/** The votes of `kind` in `round`. */
export function votesOf(messages: HeightMessages, round: number, kind: VoteKind): VoteBox {
  const { prevotes, precommits } = messagesOf(messages, round);
  return kind === 'prevote' ? prevotes : precommits;
}

/** The power that voted for `blockId` (undefined: nil). */
export function powerFor(box: VoteBox, blockId: Hash | undefined): bigint {
  return box.powerByBlock.get(blockId) ?? 0n;
}

/** Every vote for `blockId` in `box`, equivocators' included, one for each validator. */
export function votesFor(box: VoteBox, blockId: Hash | undefined): Vote[] {
  return [...box.first.values(), ...box.conflicting].filter((vote) => vote.blockId === blockId);
}

/** Adds an authentic vote of a member of `set`. Second copies change nothing. */
export function keepVote(messages: HeightMessages, set: ValidatorSet, vote: Vote): Kept {
  const round = messagesOf(messages, vote.round);
  const box = vote.kind === 'prevote' ? round.prevotes : round.precommits;
  const first = box.first.get(vote.validator);
  if (first?.blockId === vote.blockId && first !== undefined) return { messages, isNew: false };
  const changed = first === undefined ? withFirst(box, set, vote) : withConflicting(box, set, vote);
  if (!changed) return { messages, isNew: false };
  const withVote: RoundMessages = {
    ...round,
    ...(vote.kind === 'prevote' ? { prevotes: changed } : { precommits: changed }),
    senderPower: senderPowerWith(round, set, vote.validator),
  };
  const kept = { messages: withRound(messages, vote.round, withVote), isNew: true };
  const isSecond = first !== undefined && !box.conflicting.some(({ validator }) => validator === vote.validator);
  if (!isSecond) return kept;
  return { ...kept, evidence: { type: 'votes', validator: vote.validator, first, second: vote } };
}

/**
 * Adds an authentic proposal of a member of `set`: the first of its sender and round. A different second one is only
 * reported; its block can still win by votes (rules 36 and 49), for which no proposal is needed.
 */
export function keepProposal(messages: HeightMessages, set: ValidatorSet, kept: KeptProposal): Kept {
  const { proposal } = kept;
  const round = messagesOf(messages, proposal.round);
  const first = round.proposals.get(proposal.validator)?.proposal;
  if (first) {
    if (first.blockId === proposal.blockId && first.polRound === proposal.polRound) return { messages, isNew: false };
    if (round.doubleProposers.has(proposal.validator)) return { messages, isNew: false };
    const reported = { ...round, doubleProposers: new Set(round.doubleProposers).add(proposal.validator) };
    const evidence = { type: 'proposals', validator: proposal.validator, first, second: proposal } as const;
    return { messages: withRound(messages, proposal.round, reported), isNew: false, evidence };
  }
  const withProposal: RoundMessages = {
    ...round,
    proposals: withEntry(round.proposals, proposal.validator, kept),
    senderPower: senderPowerWith(round, set, proposal.validator),
  };
  return { messages: withRound(messages, proposal.round, withProposal), isNew: true };
}

/**
 * `messages` after a message of `sender` in a round far ahead: of rounds above `currentRound` + 1 only the sender's
 * {@link MAX_CATCH_UP_ROUNDS} highest stay. The highest, since a correct validator only moves up: what is dropped is
 * what it left.
 */
export function withoutStaleCatchUp(
  messages: HeightMessages,
  set: ValidatorSet,
  catchUp: { readonly sender: Address; readonly currentRound: number },
): HeightMessages {
  const { sender, currentRound } = catchUp;
  const ahead = [...messages.keys()]
    .filter((round) => round > currentRound + 1 && hasMessageOf(messagesOf(messages, round), sender))
    .sort((left, right) => right - left);
  const stale = ahead.slice(MAX_CATCH_UP_ROUNDS);
  if (stale.length === 0) return messages;
  const trimmed = new Map(messages);
  for (const round of stale) {
    const left = withoutSender(messagesOf(messages, round), set, sender);
    if (left.senderPower === 0n) trimmed.delete(round);
    else trimmed.set(round, left);
  }
  return trimmed;
}

function withFirst(box: VoteBox, set: ValidatorSet, vote: Vote): VoteBox {
  return {
    ...box,
    first: withEntry(box.first, vote.validator, vote),
    power: box.power + powerOf(set, vote.validator),
    powerByBlock: withPower(box, set, vote),
  };
}

function withConflicting(box: VoteBox, set: ValidatorSet, vote: Vote): VoteBox | undefined {
  const earlier = box.conflicting.filter(({ validator }) => validator === vote.validator);
  if (earlier.some(({ blockId }) => blockId === vote.blockId)) return undefined;
  if (earlier.length >= MAX_CONFLICTING_MESSAGES) return undefined;
  return { ...box, conflicting: [...box.conflicting, vote], powerByBlock: withPower(box, set, vote) };
}

function withPower(
  box: VoteBox,
  set: ValidatorSet,
  { blockId, validator }: Vote,
): ReadonlyMap<Hash | undefined, bigint> {
  return withEntry(box.powerByBlock, blockId, powerFor(box, blockId) + powerOf(set, validator));
}

function withRound(messages: HeightMessages, round: number, changed: RoundMessages): HeightMessages {
  return withEntry(messages, round, changed);
}

function senderPowerWith(round: RoundMessages, set: ValidatorSet, sender: Address): bigint {
  return hasMessageOf(round, sender) ? round.senderPower : round.senderPower + powerOf(set, sender);
}

function hasMessageOf({ proposals, prevotes, precommits }: RoundMessages, sender: Address): boolean {
  return proposals.has(sender) || prevotes.first.has(sender) || precommits.first.has(sender);
}

function withoutSender(round: RoundMessages, set: ValidatorSet, sender: Address): RoundMessages {
  const proposals = new Map(round.proposals);
  proposals.delete(sender);
  return {
    proposals,
    doubleProposers: round.doubleProposers,
    prevotes: boxWithout(round.prevotes, set, sender),
    precommits: boxWithout(round.precommits, set, sender),
    senderPower: round.senderPower - powerOf(set, sender),
  };
}

function boxWithout(box: VoteBox, set: ValidatorSet, sender: Address): VoteBox {
  const votes = [...box.first.values()].filter(({ validator }) => validator !== sender);
  const conflicting = box.conflicting.filter(({ validator }) => validator !== sender);
  const first = votes.reduce((rebuilt, vote) => withFirst(rebuilt, set, vote), EMPTY_BOX);
  return conflicting.reduce((rebuilt, vote) => withConflicting(rebuilt, set, vote) ?? rebuilt, first);
}
