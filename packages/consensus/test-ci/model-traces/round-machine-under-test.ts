import type { Hash } from '@heddle/primitives';
import {
  type Move,
  onDecision,
  onFreshProposal,
  onNilPolka,
  onPolka,
  onPrecommitsOfAny,
  onPrevotesOfAny,
  onReproposal,
  onTimeoutPrevote,
  onTimeoutPropose,
  proposeBuilt,
  type RoundAction,
  type RoundState,
  startRound,
} from '../../src/round-machine.ts';
import {
  blockIdOf,
  blockOf,
  canStartRound,
  invalidReproposalAnyway,
  isModelTimeoutDue,
  leaveRound,
  nameOf,
  withoutProposersTimer,
} from './adapter.ts';
import type { ModelInput, ModelValue } from './model.ts';

/** What a rule did: the next state, and what it asks for, as words. */
export interface Answer {
  readonly rounds: RoundState;
  readonly output: readonly string[];
}

/** Tells our round machine, at the model's `height`, that the condition of one rule holds. */
export function answerTo(rounds: RoundState, input: ModelInput, height: number): Answer {
  switch (input.tag) {
    case 'NewRoundCInput':
      return startedRound(rounds, input.value, 'voter');
    case 'NewRoundProposerCInput':
      return startedRound(rounds, input.value, 'proposer');
    case 'RoundSkipCInput':
      return input.value > rounds.round ? leftRound(rounds, input.value) : nothing(rounds);
    case 'TimeoutPrecommitCInput': {
      const [ofHeight, round] = input.value;
      const isDue = ofHeight === height && isModelTimeoutDue(rounds, round);
      return isDue ? leftRound(rounds, round + 1) : nothing(rounds);
    }
    case 'ProposalAndCommitAndValidCInput': {
      if (rounds.step === 'decided') return nothing(rounds);
      return { rounds: onDecision(rounds).state, output: [`decide ${input.value.join(' ')}`] };
    }
    case 'ProposalAndPolkaAndInvalidCInput': {
      const proposal = { blockId: idOf(input.value), polRound: rounds.round - 1 };
      const move = onReproposal(rounds, proposal, () => 'invalid');
      if (move) return answerOf(rounds, move);
      return { rounds: invalidReproposalAnyway(rounds), output: [`prevote ${rounds.round} nil`] };
    }
    default:
      return answerOf(rounds, moveOf(rounds, input, height));
  }
}

/** The rules that are the same on both sides. */
function moveOf(rounds: RoundState, input: ModelInput, height: number): Move | undefined {
  switch (input.tag) {
    case 'ProposeValueCInput':
      return proposeBuilt(rounds, blockOf(input.value));
    case 'ProposalCInput':
      return onFreshProposal(rounds, idOf(input.value[1]), () => 'valid');
    case 'ProposalInvalidCInput':
      return onFreshProposal(rounds, blockOf('invalid'), () => 'invalid');
    case 'ProposalAndPolkaPreviousAndValidCInput': {
      const [value, polRound] = input.value;
      return onReproposal(rounds, { blockId: idOf(value), polRound }, () => 'valid');
    }
    case 'PolkaAnyCInput':
      return onPrevotesOfAny(rounds);
    case 'PolkaNilCInput':
      return onNilPolka(rounds);
    case 'ProposalAndPolkaAndValidCInput':
      return onPolka(rounds, idOf(input.value));
    case 'PrecommitAnyCInput':
      return onPrecommitsOfAny(rounds);
    case 'TimeoutProposeCInput':
      return input.value[0] === height ? onTimeoutPropose(rounds, input.value[1]) : undefined;
    case 'TimeoutPrevoteCInput':
      return input.value[0] === height ? onTimeoutPrevote(rounds, input.value[1]) : undefined;
    default:
      throw new TypeError(`the traces have a new input: ${input.tag}`);
  }
}

function startedRound(rounds: RoundState, round: number, role: 'proposer' | 'voter'): Answer {
  if (!canStartRound(rounds, round)) return nothing(rounds);
  const started = answerOf(rounds, startRound(rounds, round, role));
  return { ...started, output: withoutProposersTimer(started.output) };
}

function leftRound(rounds: RoundState, next: number): Answer {
  return { rounds: leaveRound(rounds), output: [`skip ${next}`] };
}

function answerOf(rounds: RoundState, move: Move | undefined): Answer {
  if (!move) return nothing(rounds);
  return { rounds: move.state, output: move.actions.map((action) => wordsOfAction(action, move.state)) };
}

function nothing(rounds: RoundState): Answer {
  return { rounds, output: [] };
}

function wordsOfAction(action: RoundAction, { round }: RoundState): string {
  if (action.type === 'vote') return `${action.kind} ${round} ${nameOf(action.blockId)}`;
  if (action.type === 'propose') return `propose ${round} ${nameOf(action.blockId)} ${action.polRound}`;
  return action.type === 'build' ? 'build' : `timeout ${round} ${action.kind}`;
}

function idOf(value: ModelValue): Hash {
  const blockId = blockIdOf(value);
  if (blockId === undefined) throw new TypeError('a proposal for nil');
  return blockId;
}
