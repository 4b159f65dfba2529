import { assert, type Hash, type VoteKind } from '@heddle/primitives';
import type { Step } from './effects.ts';
import type { TimeoutKind } from './inputs.ts';

// Algorithm 1 of "The latest gossip on BFT consensus" (arXiv 1807.04938): what a process does when a condition holds.
// Whether it holds is for rules.ts to find out. Every move names its lines; one that does not apply is undefined.

/** The lines of Algorithm 1 that do something. */
export type Line =
  | 'L10' // start
  | 'L11' // StartRound
  | 'L16' // propose the valid value again
  | 'L18' // getValue()
  | 'L19' // broadcast PROPOSAL
  | 'L21' // schedule the propose timeout
  | 'L22' // fresh proposal
  | 'L24' // prevote it
  | 'L26' // prevote nil
  | 'L28' // proposal with a polka of an earlier round
  | 'L30' // prevote it
  | 'L32' // prevote nil
  | 'L34' // 2f + 1 prevotes of any kind
  | 'L36' // polka in this round
  | 'L38' // lock it
  | 'L42' // remember it as valid
  | 'L44' // 2f + 1 prevotes for nil
  | 'L47' // 2f + 1 precommits of any kind
  | 'L49' // 2f + 1 precommits for a value
  | 'L50' // ... which must be valid
  | 'L51' // decide
  | 'L55' // f + 1 messages of a later round
  | 'L57' // propose timeout
  | 'L61' // prevote timeout
  | 'L65'; // precommit timeout

/** The variables of lines 2 to 9. Round -1 is "none" everywhere. */
export interface RoundState {
  /** -1 before the first round of the height. */
  readonly round: number;
  readonly step: Step;
  readonly lockedValue: Hash | undefined;
  readonly lockedRound: number;
  readonly validValue: Hash | undefined;
  readonly validRound: number;
}

/** What a move asks for besides the new state. */
export type RoundAction =
  | { readonly type: 'build' }
  | { readonly type: 'propose'; readonly blockId: Hash; readonly polRound: number }
  | { readonly type: 'vote'; readonly kind: VoteKind; readonly blockId: Hash | undefined }
  | { readonly type: 'scheduleTimeout'; readonly kind: TimeoutKind };

/** A rule that fired. */
export interface Move {
  readonly state: RoundState;
  readonly actions: readonly RoundAction[];
  readonly lines: readonly Line[];
}

/** Lines 2 to 9: before round 0. */
export const NEW_HEIGHT: RoundState = {
  round: -1,
  step: 'newHeight',
  lockedValue: undefined,
  lockedRound: -1,
  validValue: undefined,
  validRound: -1,
};

/** L11-21. Locks and the valid value survive. */
export function startRound(state: RoundState, round: number, role: 'proposer' | 'voter'): Move {
  assert(round > state.round, `round ${round} starts after round ${state.round}`);
  const started: RoundState = { ...state, round, step: 'propose' }; // L12, L13
  const timeout: RoundAction = { type: 'scheduleTimeout', kind: 'propose' };
  if (role === 'voter') return { state: started, actions: [timeout], lines: ['L11', 'L21'] };
  // The proposer waits with a timer too (not in the paper; it then prevotes nil by L57, which is always safe): a
  // builder or signer that never answers costs a round, not the height.
  if (state.validValue !== undefined) {
    const proposal: RoundAction = { type: 'propose', blockId: state.validValue, polRound: state.validRound };
    return { state: started, actions: [timeout, proposal], lines: ['L11', 'L16', 'L19'] };
  }
  return { state: started, actions: [timeout, { type: 'build' }], lines: ['L11', 'L18'] };
}

/** L19 with the value of line 18. */
export function proposeBuilt(state: RoundState, blockId: Hash): Move | undefined {
  if (state.step !== 'propose') return undefined;
  return { state, actions: [{ type: 'propose', blockId, polRound: state.validRound }], lines: ['L19'] };
}

/** L22-27: a proposal without a valid round. */
export function onFreshProposal(state: RoundState, blockId: Hash, isAcceptable: IsAcceptable): Move | undefined {
  if (state.step !== 'propose') return undefined;
  const isFree = state.lockedRound === -1 || state.lockedValue === blockId; // L23
  const verdict = isFree ? isAcceptable() : 'invalid';
  if (verdict === 'unknown') return undefined;
  if (verdict === 'valid') return prevote(state, blockId, ['L22', 'L24']);
  return prevote(state, undefined, ['L22', 'L26']);
}

/** L28-33: a proposal whose block more than two thirds prevoted in the earlier round `polRound`. */
export function onReproposal(
  state: RoundState,
  proposal: { readonly blockId: Hash; readonly polRound: number },
  isAcceptable: IsAcceptable,
): Move | undefined {
  const { blockId, polRound } = proposal;
  if (state.step !== 'propose' || polRound < 0 || polRound >= state.round) return undefined;
  const isFree = state.lockedRound <= polRound || state.lockedValue === blockId; // L29: <=, not <
  const verdict = isFree ? isAcceptable() : 'invalid';
  if (verdict === 'unknown') return undefined;
  if (verdict === 'valid') return prevote(state, blockId, ['L28', 'L30']); // a lock on another value stays till L38
  return prevote(state, undefined, ['L28', 'L32']);
}

/** valid(v), asked only when the answer matters; unknown: still being executed, the rule waits. */
export type IsAcceptable = () => 'valid' | 'invalid' | 'unknown';

/** L34-35: more than two thirds prevoted, whatever for. The caller sees to "for the first time". */
export function onPrevotesOfAny(state: RoundState): Move | undefined {
  if (state.step !== 'prevote') return undefined;
  return { state, actions: [{ type: 'scheduleTimeout', kind: 'prevote' }], lines: ['L34'] };
}

/** L36-43: more than two thirds prevoted the valid `blockId` in this round. The caller sees to "for the first time". */
export function onPolka(state: RoundState, blockId: Hash): Move | undefined {
  if (state.step !== 'prevote' && state.step !== 'precommit') return undefined;
  const valid: RoundState = { ...state, validValue: blockId, validRound: state.round }; // L42, L43
  if (state.step === 'precommit') return { state: valid, actions: [], lines: ['L36', 'L42'] };
  const locked: RoundState = { ...valid, lockedValue: blockId, lockedRound: state.round, step: 'precommit' };
  return { state: locked, actions: [{ type: 'vote', kind: 'precommit', blockId }], lines: ['L36', 'L38', 'L42'] };
}

/** L44-46: more than two thirds prevoted nil. The lock stays. */
export function onNilPolka(state: RoundState): Move | undefined {
  return state.step === 'prevote' ? precommitNil(state, ['L44']) : undefined;
}

/** L47-48: more than two thirds precommitted, whatever for; in any step. The caller sees to "for the first time". */
export function onPrecommitsOfAny(state: RoundState): Move {
  return { state, actions: [{ type: 'scheduleTimeout', kind: 'precommit' }], lines: ['L47'] };
}

/** L49-51: the height is decided. */
export function onDecision(state: RoundState): Move {
  return { state: { ...state, step: 'decided' }, actions: [], lines: ['L49', 'L51'] };
}

/** L57-60. Nil even when locked. */
export function onTimeoutPropose(state: RoundState, round: number): Move | undefined {
  if (state.round !== round || state.step !== 'propose') return undefined;
  return prevote(state, undefined, ['L57']);
}

/** L61-64. */
export function onTimeoutPrevote(state: RoundState, round: number): Move | undefined {
  if (state.round !== round || state.step !== 'prevote') return undefined;
  return precommitNil(state, ['L61']);
}

/** L65-67, in any step of the round: whether StartRound(round + 1) is due. */
export function isPrecommitTimeoutDue(state: RoundState, round: number): boolean {
  return state.round === round && state.step !== 'decided' && state.step !== 'newHeight';
}

function prevote(state: RoundState, blockId: Hash | undefined, lines: readonly Line[]): Move {
  return { state: { ...state, step: 'prevote' }, actions: [{ type: 'vote', kind: 'prevote', blockId }], lines };
}

function precommitNil(state: RoundState, lines: readonly Line[]): Move {
  const action: RoundAction = { type: 'vote', kind: 'precommit', blockId: undefined };
  return { state: { ...state, step: 'precommit' }, actions: [action], lines };
}
