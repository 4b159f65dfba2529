import type { ConsensusState, HeightState } from './consensus-state.ts';
import type { Effect } from './effects.ts';
import type { TimeoutKind } from './inputs.ts';
import { proposerOf } from './proposer.ts';
import { currentCertificate } from './queries.ts';
import { hasOwnProposal } from './rules.ts';

/**
 * What is left to do after the log has been replayed with all effects thrown away: unsigned own messages, running
 * timers, unanswered questions, an unfinished decision. Doing any of it a second time is harmless.
 */
export function outstandingEffects(state: ConsensusState): readonly Effect[] {
  const { current } = state;
  if (!current) return [];
  const { height, rounds, decision, isHalted } = current;
  const { round, step } = rounds;
  const effects: Effect[] = [{ type: 'newStep', height, round, step }];
  if (isHalted) return effects;
  const certificate = currentCertificate(state);
  if (decision && certificate)
    return [...effects, { type: 'commitBlock', height, blockId: decision.blockId, certificate }];
  if (step === 'newHeight') return effects;
  return [...effects, ...unsignedMessages(current), ...timers(current), ...questions(current)];
}

function unsignedMessages({ unsigned }: HeightState): Effect[] {
  return unsigned.map((message) => ({ type: 'signAndBroadcast', message }));
}

function timers({ height, rounds, firsts }: HeightState): Effect[] {
  const { round, step } = rounds;
  const running = (kind: TimeoutKind, urgency: 'patient' | 'immediate' = 'patient'): Effect => {
    return { type: 'scheduleTimeout', timeout: { kind, height, round }, urgency };
  };
  const effects: Effect[] = [];
  if (step === 'propose') effects.push(running('propose'));
  if (step === 'prevote' && firsts.has('L34')) effects.push(running('prevote'));
  if (firsts.has('L47')) effects.push(running('precommit', firsts.has('nilPrecommits') ? 'immediate' : 'patient'));
  return effects;
}

function questions(current: HeightState): Effect[] {
  const { height, rounds, validators, self, blocks } = current;
  const { round, step, validValue } = rounds;
  const effects: Effect[] = [];
  for (const [blockId, { asked, verdict }] of blocks) {
    if (asked && verdict === undefined) effects.push({ type: asked.type, height, round: asked.round, blockId });
  }
  const isBuilding = step === 'propose' && validValue === undefined && !hasOwnProposal(current);
  if (isBuilding && self !== undefined && proposerOf(validators, round) === self) {
    effects.push({ type: 'build', height, round });
  }
  return effects;
}
