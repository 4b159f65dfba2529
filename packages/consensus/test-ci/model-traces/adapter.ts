import type { Address, Hash, Proposal, Vote } from '@heddle/primitives';
import type { Step } from '../../src/effects.ts';
import type { TimeoutKind } from '../../src/inputs.ts';
import { createValidatorSet } from '../../src/proposer.ts';
import { isPrecommitTimeoutDue, type RoundState } from '../../src/round-machine.ts';
import type { ValidatorSet } from '../../src/validator-set.ts';
import type {
  ModelDriver,
  ModelDriverInput,
  ModelOutput,
  ModelProcess,
  ModelProposal,
  ModelStep,
  ModelTimeout,
  ModelValue,
  ModelVote,
  ModelVoteCount,
} from './model.ts';

// The published model against our core: what is called otherwise, and every place where the two differ on purpose. All
// else must be equal.

// ---- Names ----

/** Heights of the model's networks begin at 0, ours at 1. */
export const FIRST_HEIGHT = 1;

/** A value is its own name in the model; its block's hash is that name. */
export function blockOf(value: string): Hash {
  return `0x${Buffer.from(value).toString('hex').padEnd(64, '0')}`;
}

/** The block id that the model names, undefined for nil. */
export function blockIdOf(value: ModelValue): Hash | undefined {
  return value.tag === 'Val' ? blockOf(value.value) : undefined;
}

/** The name of a block's value, or `nil`. */
export function nameOf(blockId: Hash | undefined): string {
  return blockId === undefined ? 'nil' : Buffer.from(blockId.slice(2), 'hex').toString().replaceAll('\0', '');
}

/**
 * The proposer of round r is validator number (r + 1) mod n in the model, at every height. Ours rotate by stake, equal
 * ones by address: so v1 has the last address, and no height advances the set.
 */
export function addressOf(validator: string): Address {
  return `0x${Buffer.from(validator === 'v1' ? 'v~' : validator)
    .toString('hex')
    .padStart(40, '0')}`;
}

/** The set of a model's validators and weights. */
export function setOf(weights: ReadonlyMap<string, number>): ValidatorSet {
  return createValidatorSet(
    [...weights].map(([name, weight]) => ({ address: addressOf(name), stake: BigInt(weight) })),
  );
}

/** A vote. The model has no signatures, so any will do. */
export function voteOf(vote: ModelVote): Vote {
  return {
    kind: vote.voteType.tag === 'Prevote' ? 'prevote' : 'precommit',
    height: vote.height + FIRST_HEIGHT,
    round: vote.round,
    blockId: blockIdOf(vote.valueId),
    validator: addressOf(vote.srcAddress),
    signature: new Uint8Array(65),
  };
}

/** A proposal. */
export function proposalOf(proposal: ModelProposal): Proposal {
  return {
    height: proposal.height + FIRST_HEIGHT,
    round: proposal.round,
    polRound: proposal.validRound,
    blockId: blockOf(proposal.proposal),
    validator: addressOf(proposal.srcAddress),
    signature: new Uint8Array(65),
  };
}

const STEPS: Record<ModelStep, Step> = {
  NoStep: 'newHeight',
  // Between two rounds: the model leaves a round and begins the next in two calls, our core in one (enterRound). No rule
  // of a round applies, as in our newHeight.
  UnstartedStep: 'newHeight',
  ProposeStep: 'propose',
  PrevoteStep: 'prevote',
  PrecommitStep: 'precommit',
  CommitStep: 'decided',
};

/** The variables of lines 2 to 9. */
export function roundStateOf(process: ModelProcess): RoundState {
  return {
    round: process.round,
    step: STEPS[process.step.tag],
    lockedValue: blockIdOf(process.lockedValue),
    lockedRound: process.lockedRound,
    validValue: blockIdOf(process.validValue),
    validRound: process.validRound,
  };
}

const TIMEOUTS: Record<ModelTimeout, TimeoutKind> = {
  ProposeTimeout: 'propose',
  PrevoteTimeout: 'prevote',
  PrecommitTimeout: 'precommit',
};

/** Which timer. */
export function timeoutKindOf(timeout: ModelTimeout): TimeoutKind {
  return TIMEOUTS[timeout];
}

/** What the model asks for, in words: `prevote A`, `timeout 0 propose`. */
export function wordsOf(output: ModelOutput): readonly string[] {
  switch (output.tag) {
    case 'NoConsensusOutput':
    case 'ErrorOutput': // no rule applies; the text means nothing
      return [];
    case 'ProposalOutput': {
      const { round, proposal, validRound } = output.value;
      return [`propose ${round} ${proposal} ${validRound}`];
    }
    case 'GetValueAndScheduleTimeoutOutput':
      return [`timeout ${output.value[1]} ${timeoutKindOf(output.value[2].tag)}`, 'build'];
    case 'VoteOutput': {
      const { kind, round, blockId } = voteOf(output.value);
      return [`${kind} ${round} ${nameOf(blockId)}`];
    }
    case 'TimeoutOutput':
      return [`timeout ${output.value[0]} ${timeoutKindOf(output.value[1].tag)}`];
    case 'DecidedOutput':
      return [`decide ${output.value[0]} ${output.value[1]}`];
    case 'SkipRoundOutput':
      return [`skip ${output.value}`];
  }
}

// ---- Where the model's state machine differs ----

/** The model also leaves a decided round, and forgets that it has decided. Our core is at rest then (fireRules). */
export function leaveRound(rounds: RoundState): RoundState {
  return { ...rounds, step: 'newHeight' };
}

/** The model refuses to begin a round in the middle of one, or an earlier one. Our core does not come to ask. */
export function canStartRound(rounds: RoundState, round: number): boolean {
  return rounds.step === 'newHeight' && round > rounds.round;
}

/** A proposer that has its value at once sets no timer in the model. Ours always does (startRound says why). */
export function withoutProposersTimer(words: readonly string[]): readonly string[] {
  return words.some((word) => word.startsWith('propose '))
    ? words.filter((word) => !word.startsWith('timeout'))
    : words;
}

/** The model's timer also runs out between two rounds and after a decision. Ours is of no use then. */
export function isModelTimeoutDue(rounds: RoundState, round: number): boolean {
  const isOutside = rounds.step === 'newHeight' || rounds.step === 'decided';
  return isOutside ? rounds.round === round : isPrecommitTimeoutDue(rounds, round);
}

/**
 * Lines 28 to 33 for an invalid block: the model forgets to ask for step propose and an earlier round. It prevotes nil
 * in any step, twice if need be, and falls back from precommit or a decision. Ours does not move there.
 */
export function invalidReproposalAnyway(rounds: RoundState): RoundState {
  return { ...rounds, step: 'prevote' };
}

/** The model proposes a value that comes after the propose step. Ours is too late then (takeBuilt). */
export function isTooLateToPropose(rounds: RoundState): boolean {
  return rounds.step !== 'propose';
}

/**
 * Which timers both set in the same cases: those for precommits, before the decision. The model also sets one after it;
 * one for prevotes before it looks whether they are enough for a lock; and none where a proposer has its value.
 */
export function isComparedTimer(word: string, step: Step): boolean {
  return step !== 'decided' && /^timeout \d+ precommit$/.test(word);
}

// ---- Where its vote keeper differs ----

/**
 * Of an equivocator the model counts the first vote alone. Ours counts each for its own block (VoteBox.conflicting), or
 * an equivocator could keep us from a quorum that others have.
 */
export function isCounted(vote: ModelVote, counted: ModelVoteCount | undefined): boolean {
  return !counted?.votesAddresses.includes(vote.srcAddress);
}

/** The model reports a threshold once, but the one for skipping rounds again and again. */
export function isReported(threshold: string, before: readonly string[]): boolean {
  return threshold !== 'nothing' && (threshold.startsWith('skip') || !before.includes(threshold));
}

/** The model has no threshold for nil precommits. Ours ends the wait of line 47 then (awaitPrecommits). */
export function hasOwnThreshold({ kind, blockId }: Vote): boolean {
  return kind === 'prevote' || blockId !== undefined;
}

// ---- Where its driver differs ----

/**
 * The model's driver makes one call of the state machine for each input and leaves the rest for later. Ours goes on until
 * no rule applies (fireRules), so the two are compared when the model has nothing left to do.
 */
export function isBusy({
  es,
  getValueRequests,
}: {
  readonly es: ModelDriver;
  readonly getValueRequests: Requests;
}): boolean {
  const { height, round } = es.cs;
  const isAsked = getValueRequests.some(([ofHeight, ofRound]) => ofHeight === height && ofRound === round);
  return isAsked || es.pendingStepChange.tag !== 'NoStep' || es.pendingInputs.length > 0;
}

type Requests = readonly (readonly [height: number, round: number])[];

/**
 * Why the model may be behind ours although it has nothing left to do.
 *
 * `lost decision`: entering a height it finds the quorum of precommits, but drops what it found because the round is not
 * its own; it decides when it handles the proposal. `skipped proposal`: it looks at stored proposals when the step
 * changes, and from propose of one round to propose of a later one is no change to it.
 */
export function lagOf(before: ModelDriver, after: ModelDriver, input: ModelDriverInput): Lag | undefined {
  if (!before.started && input.tag === 'PendingDInput') return 'lost decision';
  const isProposing = before.cs.step.tag === 'ProposeStep' && after.cs.step.tag === 'ProposeStep';
  return isProposing && after.cs.round > before.cs.round ? 'skipped proposal' : undefined;
}

/** See {@link lagOf}. */
export type Lag = 'lost decision' | 'skipped proposal';
