import type { Address, Hash, Vote, VoteKind } from '@heddle/primitives';
import { applyInput, createConsensus, type Transition } from '../src/consensus.ts';
import type { ConsensusState, HeightState } from '../src/consensus-state.ts';
import type { Effect } from '../src/effects.ts';
import type { Input, LoggedInput, TimeoutKind } from '../src/inputs.ts';
import { createValidatorSet } from '../src/proposer.ts';
import type { Line } from '../src/round-machine.ts';
import type { ValidatorSet } from '../src/validator-set.ts';

/** Validator i's address; a lower index is a lower address, so with equal stakes round r belongs to r mod n. */
export function addressOf(index: number): Address {
  return `0x${(index + 1).toString(16).padStart(40, '0')}`;
}

/** A block id that is easy to tell apart. */
export function blockOf(name: string): Hash {
  return `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}`;
}

export const A = blockOf('A');
export const B = blockOf('B');

/** The first height's set with these stakes. */
export function setOf(stakes: readonly bigint[]): ValidatorSet {
  return createValidatorSet(stakes.map((stake, index) => ({ address: addressOf(index), stake })));
}

/** A vote by validator `index` with a signature that only names it. */
export function voteBy(index: number, kind: VoteKind, round: number, blockId: Hash | undefined, height = 1): Vote {
  return { kind, height, round, blockId, validator: addressOf(index), signature: new Uint8Array(65).fill(index) };
}

/** One core at height 1 with shorthands for its inputs. `self` undefined: it only follows. */
export function coreUnderTest(
  options: { stakes?: readonly bigint[]; self?: number | undefined; start?: boolean } = {},
) {
  const { stakes = [1n, 1n, 1n, 1n], self, start = true } = options;
  const validators = setOf(stakes);
  let state: ConsensusState = createConsensus();
  const log: LoggedInput[] = [];
  const give = (input: Input): Transition => {
    const transition = applyInput(state, input);
    state = transition.state;
    if (input.type !== 'height') log.push(input);
    return transition;
  };
  const vote =
    (kind: VoteKind) =>
    (round: number, blockId: Hash | undefined, ...voters: number[]) => {
      const effects: Effect[] = [];
      const lines: Line[] = [];
      for (const voter of voters) {
        const transition = give({ type: 'vote', vote: voteBy(voter, kind, round, blockId) });
        effects.push(...transition.effects);
        lines.push(...transition.lines);
      }
      return { effects, lines };
    };
  const core = {
    validators,
    log,
    give,
    state: () => state,
    height: (): HeightState => {
      if (!state.current) throw new TypeError('no height yet');
      return state.current;
    },
    rounds: () => core.height().rounds,
    start: () => give({ type: 'start', height: 1 }),
    propose: (round: number, blockId: Hash, more: { polRound?: number; by?: number; timely?: boolean } = {}) => {
      const { polRound = -1, by = round % stakes.length, timely = true } = more;
      const signature = new Uint8Array(65).fill(by);
      const proposal = { height: 1, round, polRound, blockId, validator: addressOf(by), signature };
      return give({ type: 'proposal', proposal, timely });
    },
    prevote: vote('prevote'),
    precommit: vote('precommit'),
    answer: (blockId: Hash, verdict: 'valid' | 'invalid') => {
      return give({ type: 'blockValidity', height: 1, blockId, verdict });
    },
    built: (round: number, blockId: Hash) => give({ type: 'blockBuilt', height: 1, round, blockId }),
    timeout: (kind: TimeoutKind, round: number, height = 1) => {
      return give({ type: 'timeout', timeout: { kind, height, round } });
    },
  };
  const own = self === undefined ? undefined : addressOf(self);
  give({ type: 'height', height: 1, validators, self: own });
  if (start) core.start();
  return core;
}

/** The votes and proposals that effects ask to sign, in short: 'prevote 0 A', 'proposal 0 A -1'. */
export function signed({ effects }: { readonly effects: readonly Effect[] }): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'signAndBroadcast') return [];
    const { message } = effect;
    if (message.type === 'vote') {
      return [`${message.vote.kind} ${message.vote.round} ${nameOf(message.vote.blockId)}`];
    }
    const { round, blockId, polRound } = message.proposal;
    return [`proposal ${round} ${nameOf(blockId)} ${polRound}`];
  });
}

/** The timers that effects start, in short: 'prevote 0', with '!' when immediate. */
export function timers({ effects }: { readonly effects: readonly Effect[] }): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'scheduleTimeout') return [];
    return [`${effect.timeout.kind} ${effect.timeout.round}${effect.urgency === 'immediate' ? '!' : ''}`];
  });
}

/** The effects of one type. */
export function effectsOf<T extends Effect['type']>(
  { effects }: { readonly effects: readonly Effect[] },
  type: T,
): Extract<Effect, { type: T }>[] {
  return effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
}

function nameOf(blockId: Hash | undefined): string {
  return blockId === undefined ? 'nil' : Buffer.from(blockId.slice(2), 'hex').toString().replaceAll('\0', '');
}
