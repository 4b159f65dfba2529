import type { Hash } from '@heddle/primitives';
import { buildCommitCertificate } from './commit-certificate.ts';
import type { BlockKnowledge, FirstTime, HeightState } from './consensus-state.ts';
import type { Effect, OwnMessage } from './effects.ts';
import { MAX_ROUND } from './limits.ts';
import { proposerOf } from './proposer.ts';
import {
  type Line,
  type Move,
  onDecision,
  onFreshProposal,
  onNilPolka,
  onPolka,
  onPrecommitsOfAny,
  onPrevotesOfAny,
  onReproposal,
  startRound,
} from './round-machine.ts';
import { isOverOneThird, isQuorum } from './validator-set.ts';
import { type KeptProposal, messagesOf, powerFor, type VoteBox, votesOf } from './vote-keeper.ts';
import { withEntry } from './with-entry.ts';

/** One input's work in progress; lives no longer than the call that made it. */
export interface Draft {
  current: HeightState;
  readonly effects: Effect[];
  readonly lines: Line[];
}

/**
 * Fires rules until none applies. After each, all are tried again from the first: 49 decides whatever else holds, and
 * 36 comes before 55, or the valid value of the round that is being left would be lost.
 */
export function fireRules(draft: Draft): void {
  while (!isAtRest(draft.current) && RULES.some((rule) => rule(draft)));
}

const RULES: readonly ((draft: Draft) => boolean)[] = [
  decide, // 49
  prevoteFreshProposal, // 22
  prevoteReproposal, // 28
  precommitPolka, // 36
  precommitNilPolka, // 44
  skipToLaterRound, // 55
  awaitPrevotes, // 34
  awaitPrecommits, // 47
];

/** L11: enters `round`, as its proposer or not. */
export function enterRound(draft: Draft, round: number): void {
  const { rounds, validators, self } = draft.current;
  const role = self !== undefined && proposerOf(validators, round) === self ? 'proposer' : 'voter';
  draft.current = { ...draft.current, firsts: new Set() };
  applyMove(draft, startRound(rounds, round, role));
}

/** Takes over a move's state and turns its actions into effects. False for a move that does not apply. */
export function applyMove(draft: Draft, move: Move | undefined): boolean {
  if (!move) return false;
  const { height, rounds: before } = draft.current;
  const { round, step } = move.state;
  draft.current = { ...draft.current, rounds: move.state };
  draft.lines.push(...move.lines);
  if (round !== before.round || step !== before.step) draft.effects.push({ type: 'newStep', height, round, step });
  for (const action of move.actions) {
    if (action.type === 'build') draft.effects.push({ type: 'build', height, round });
    else if (action.type === 'scheduleTimeout') {
      const timeout = { kind: action.kind, height, round };
      draft.effects.push({ type: 'scheduleTimeout', timeout, urgency: 'patient' });
    } else if (action.type === 'propose') {
      const { blockId, polRound } = action;
      sign(draft, { type: 'proposal', proposal: { height, round, polRound, blockId } });
    } else {
      const { kind, blockId } = action;
      sign(draft, { type: 'vote', vote: { kind, height, round, blockId } });
    }
  }
  return true;
}

/** The proposal of the current round's proposer. */
export function currentProposal({ rounds, validators, messages }: HeightState): KeptProposal | undefined {
  if (rounds.round < 0) return undefined;
  return messagesOf(messages, rounds.round).proposals.get(proposerOf(validators, rounds.round));
}

/** Whether any proposal of the height names `blockId`. */
export function isProposed({ messages }: HeightState, blockId: Hash): boolean {
  for (const { proposals } of messages.values()) {
    for (const { proposal } of proposals.values()) if (proposal.blockId === blockId) return true;
  }
  return false;
}

/** Whether the own proposal of the current round exists, signed or not. */
export function hasOwnProposal({ rounds, self, messages, unsigned }: HeightState): boolean {
  const isAsked = unsigned.some((own) => own.type === 'proposal' && own.proposal.round === rounds.round);
  return isAsked || (self !== undefined && messages.get(rounds.round)?.proposals.has(self) === true);
}

/** What is known of `blockId`. */
export function knowledgeOf({ blocks }: HeightState, blockId: Hash): BlockKnowledge {
  return blocks.get(blockId) ?? { asked: undefined, verdict: undefined };
}

function isAtRest({ decision, isHalted }: HeightState): boolean {
  return decision !== undefined || isHalted;
}

/** L49-51. Any round, past or future, in any step. The votes stand for the proposal: over a third of them saw it. */
function decide(draft: Draft): boolean {
  const { height, messages, validators, rounds } = draft.current;
  for (const [round, { precommits }] of messages) {
    const blockId = quorumBlock(draft, precommits);
    if (blockId === undefined) continue;
    const verdict = validity(draft, blockId, round);
    if (verdict === 'unknown') continue;
    if (verdict === 'invalid') {
      draft.current = { ...draft.current, isHalted: true };
      draft.lines.push('L50');
      draft.effects.push({ type: 'halt', height, round, blockId });
      return true;
    }
    draft.current = { ...draft.current, decision: { round, blockId } };
    const certificate = buildCommitCertificate({ height, round, blockId, validators, precommits });
    applyMove(draft, onDecision(rounds));
    draft.effects.push({ type: 'commitBlock', height, blockId, certificate });
    return true;
  }
  return false;
}

/** L22-27. An untimely proposal is not acceptable, but its block may still be: it is asked for when votes name it. */
function prevoteFreshProposal(draft: Draft): boolean {
  const kept = currentProposal(draft.current);
  if (!kept || kept.proposal.polRound !== -1) return false;
  const { blockId, round } = kept.proposal;
  const verdict = kept.timely ? validity(draft, blockId, round) : 'invalid';
  return applyMove(
    draft,
    onFreshProposal(draft.current.rounds, blockId, () => verdict),
  );
}

/** L28-33. Without the earlier polka it waits, till the timeout if need be. */
function prevoteReproposal(draft: Draft): boolean {
  const proposal = currentProposal(draft.current)?.proposal;
  if (!proposal || proposal.polRound < 0 || proposal.polRound >= proposal.round) return false;
  const verdict = validity(draft, proposal.blockId, proposal.round);
  const { messages, validators, rounds } = draft.current;
  const prevotes = votesOf(messages, proposal.polRound, 'prevote');
  if (!isQuorum(validators, powerFor(prevotes, proposal.blockId))) return false;
  return applyMove(
    draft,
    onReproposal(rounds, proposal, () => verdict),
  );
}

/** L36-43. */
function precommitPolka(draft: Draft): boolean {
  const { rounds, messages, firsts } = draft.current;
  if (firsts.has('L36')) return false;
  const blockId = quorumBlock(draft, votesOf(messages, rounds.round, 'prevote'));
  if (blockId === undefined || validity(draft, blockId, rounds.round) !== 'valid') return false;
  return once(draft, 'L36', onPolka(draft.current.rounds, blockId));
}

/** L44-46. */
function precommitNilPolka(draft: Draft): boolean {
  const { rounds, messages, validators } = draft.current;
  const prevotes = votesOf(messages, rounds.round, 'prevote');
  if (!isQuorum(validators, powerFor(prevotes, undefined))) return false;
  return applyMove(draft, onNilPolka(rounds));
}

/** L55-56: to the highest round of which over a third of the power has sent anything. */
function skipToLaterRound(draft: Draft): boolean {
  const { rounds, messages, validators } = draft.current;
  let highest = rounds.round;
  for (const [round, { senderPower }] of messages) {
    if (round > highest && isOverOneThird(validators, senderPower)) highest = round;
  }
  if (highest === rounds.round) return false;
  draft.lines.push('L55');
  enterRound(draft, highest);
  return true;
}

/** L34-35. */
function awaitPrevotes(draft: Draft): boolean {
  const { rounds, messages, validators, firsts } = draft.current;
  if (firsts.has('L34') || !isQuorum(validators, votesOf(messages, rounds.round, 'prevote').power)) return false;
  return once(draft, 'L34', onPrevotesOfAny(rounds));
}

/** L47-48, and no wait once a quorum precommitted nil: then no block of this round can be decided any more. */
function awaitPrecommits(draft: Draft): boolean {
  const { height, rounds, messages, validators, firsts } = draft.current;
  const precommits = votesOf(messages, rounds.round, 'precommit');
  if (!isQuorum(validators, precommits.power)) return false;
  if (!firsts.has('L47')) return once(draft, 'L47', onPrecommitsOfAny(rounds));
  if (firsts.has('nilPrecommits') || !isQuorum(validators, powerFor(precommits, undefined))) return false;
  const timeout = { kind: 'precommit', height, round: rounds.round } as const;
  draft.current = { ...draft.current, firsts: new Set(firsts).add('nilPrecommits') };
  draft.effects.push({ type: 'scheduleTimeout', timeout, urgency: 'immediate' });
  return true;
}

function once(draft: Draft, rule: FirstTime, move: Move | undefined): boolean {
  if (!applyMove(draft, move)) return false;
  draft.current = { ...draft.current, firsts: new Set(draft.current.firsts).add(rule) };
  return true;
}

/** The block that more than two thirds voted for; undefined for none or nil. */
function quorumBlock({ current }: Draft, { powerByBlock }: VoteBox): Hash | undefined {
  for (const [blockId, power] of powerByBlock) {
    if (blockId !== undefined && isQuorum(current.validators, power)) return blockId;
  }
  return undefined;
}

/** valid(v): the verdict if there is one, else the block is asked for, once. */
function validity(draft: Draft, blockId: Hash, round: number): 'valid' | 'invalid' | 'unknown' {
  const { verdict, asked } = knowledgeOf(draft.current, blockId);
  if (verdict !== undefined) return verdict;
  if (asked) return 'unknown';
  const type = isProposed(draft.current, blockId) ? 'validate' : 'needBlock';
  const blocks = withEntry(draft.current.blocks, blockId, { asked: { type, round }, verdict });
  draft.current = { ...draft.current, blocks };
  draft.effects.push({ type, height: draft.current.height, round, blockId });
  return 'unknown';
}

/** Only members sign; the same message is asked for once. */
function sign(draft: Draft, message: OwnMessage): void {
  if (draft.current.self === undefined) return;
  draft.current = { ...draft.current, unsigned: [...draft.current.unsigned, message] };
  draft.effects.push({ type: 'signAndBroadcast', message });
}

/** Whether a message may name `round`. */
export function isRound(round: number): boolean {
  return Number.isInteger(round) && round >= 0 && round <= MAX_ROUND;
}
