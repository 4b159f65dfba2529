import type { Vote } from '@heddle/primitives';
import { isOverOneThird, isQuorum, type ValidatorSet } from '../../src/validator-set.ts';
import {
  type HeightMessages,
  keepVote,
  messagesOf,
  NO_MESSAGES,
  powerFor,
  type VoteBox,
  votesOf,
} from '../../src/vote-keeper.ts';
import { addressOf, blockIdOf, hasOwnThreshold, isCounted, isReported, nameOf, voteOf } from './adapter.ts';
import type { ModelBookkeeper, ModelThreshold, ModelVote, ModelVoteCount } from './model.ts';

/** Our vote keeper in the place of the model's. */
export interface VotesUnderTest {
  /** Every vote that came. */
  readonly all: HeightMessages;
  /** The votes that the model counts (adapter.ts, isCounted). */
  readonly counted: HeightMessages;
  /** Who was found out, as `kind round sender`. */
  readonly evidence: readonly string[];
  /** The thresholds that were reported, each once, as `threshold round value`. */
  readonly emitted: readonly string[];
}

/** No votes yet. */
export const NO_VOTES: VotesUnderTest = { all: NO_MESSAGES, counted: NO_MESSAGES, evidence: [], emitted: [] };

/**
 * Counts one vote. `output` is the threshold that it reached, or `nothing`, in the words of {@link thresholdWords};
 * `before` is the model's vote keeper, which knows whose first vote has been counted.
 */
export function countVote(
  votes: VotesUnderTest,
  set: ValidatorSet,
  came: { readonly vote: ModelVote; readonly currentRound: number; readonly before: ModelBookkeeper },
): { readonly votes: VotesUnderTest; readonly output: string } {
  const vote = voteOf(came.vote);
  const box = came.before.rounds.get(vote.round);
  const isNew = isCounted(came.vote, vote.kind === 'prevote' ? box?.prevotes : box?.precommits);
  const counted = isNew ? keepVote(votes.counted, set, vote).messages : votes.counted;
  const { messages: all, evidence } = keepVote(votes.all, set, vote);
  const reached = thresholdOf(counted, set, { vote, currentRound: came.currentRound });
  const output = isReported(reached, votes.emitted) ? reached : 'nothing';
  const next: VotesUnderTest = {
    all,
    counted,
    evidence: evidence ? [...votes.evidence, `${vote.kind} ${vote.round} ${vote.validator}`] : votes.evidence,
    emitted: output === 'nothing' || votes.emitted.includes(output) ? votes.emitted : [...votes.emitted, output],
  };
  return { votes: next, output };
}

/** Our conditions (rules.ts) for the rules that `vote` may have made true, in the order in which the model asks. */
function thresholdOf(
  messages: HeightMessages,
  set: ValidatorSet,
  { vote, currentRound }: { readonly vote: Vote; readonly currentRound: number },
): string {
  const { kind, round, blockId } = vote;
  if (round > currentRound && isOverOneThird(set, messagesOf(messages, round).senderPower)) return `skip ${round}`;
  const box = votesOf(messages, round, kind);
  if (hasOwnThreshold(vote) && isQuorum(set, powerFor(box, blockId))) return `${kind} ${round} ${nameOf(blockId)}`;
  return isQuorum(set, box.power) ? `${kind} ${round} any` : 'nothing';
}

/** The model's thresholds in the same words. */
export function thresholdWords(threshold: ModelThreshold): string {
  switch (threshold.tag) {
    case 'NoVKOutput':
      return 'nothing';
    case 'PolkaAnyVKOutput':
      return `prevote ${threshold.value} any`;
    case 'PolkaNilVKOutput':
      return `prevote ${threshold.value} nil`;
    case 'PolkaValueVKOutput':
      return `prevote ${threshold.value.join(' ')}`;
    case 'PrecommitAnyVKOutput':
      return `precommit ${threshold.value} any`;
    case 'PrecommitValueVKOutput':
      return `precommit ${threshold.value.join(' ')}`;
    case 'SkipVKOutput':
      return `skip ${threshold.value}`;
  }
}

/** All that our vote keeper knows, in a form that {@link wordsOfBookkeeper} gives for the model's. */
export function wordsOfVotes({ all, counted, evidence, emitted }: VotesUnderTest): readonly string[] {
  const rounds = [...all.keys()].flatMap((round) => [
    `${round} senders ${messagesOf(all, round).senderPower}`,
    ...(['prevote', 'precommit'] as const).flatMap((kind) =>
      wordsOfBox(`${kind} ${round}`, votesOf(all, round, kind), votesOf(counted, round, kind)),
    ),
  ]);
  return [...rounds, ...evidence.map((who) => `evidence ${who}`), ...emitted.map((what) => `reported ${what}`)].sort();
}

function wordsOfBox(where: string, all: VoteBox, counted: VoteBox): string[] {
  const received = [...all.first.values(), ...all.conflicting];
  return [
    `${where} power ${all.power}`, // each sender once, equivocators too
    ...[...counted.powerByBlock].map(([blockId, power]) => `${where} weight ${nameOf(blockId)} ${power}`),
    ...[...counted.first.keys()].map((sender) => `${where} voter ${sender}`),
    ...received.map(({ validator, blockId }) => `${where} received ${validator} ${nameOf(blockId)}`),
  ];
}

/** The same of the model. */
export function wordsOfBookkeeper({ rounds, evidence }: ModelBookkeeper): readonly string[] {
  const words = [...rounds].flatMap(([round, { prevotes, precommits, votesAddressesWeights, emittedOutputs }]) => [
    `${round} senders ${[...votesAddressesWeights.values()].reduce((sum, weight) => sum + weight, 0)}`,
    ...wordsOfCount(`prevote ${round}`, prevotes),
    ...wordsOfCount(`precommit ${round}`, precommits),
    ...emittedOutputs.map((threshold) => `reported ${thresholdWords(threshold)}`),
  ]);
  // The model collects every subset of an equivocator's votes that it came across; ours reports the first two, once.
  const equivocators = new Set(
    evidence.flatMap(([vote]) => (vote ? [`${voteOf(vote).kind} ${vote.round} ${addressOf(vote.srcAddress)}`] : [])),
  );
  return [...words, ...[...equivocators].map((who) => `evidence ${who}`)].sort();
}

function wordsOfCount(where: string, count: ModelVoteCount): string[] {
  return [
    `${where} power ${[...count.valuesWeights.values()].reduce((sum, weight) => sum + weight, 0)}`,
    ...[...count.valuesWeights].map(([value, weight]) => `${where} weight ${nameOf(blockIdOf(value))} ${weight}`),
    ...count.votesAddresses.map((name) => `${where} voter ${addressOf(name)}`),
    ...count.receivedVotes.map((vote) => {
      return `${where} received ${addressOf(vote.srcAddress)} ${nameOf(blockIdOf(vote.valueId))}`;
    }),
  ];
}
