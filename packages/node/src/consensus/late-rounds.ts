import {
  type ConsensusState,
  isOverOneThird,
  isQuorum,
  powerOf,
  proposerOf,
  type ValidatorSet,
} from '@heddle/consensus';
import type { Address } from '@heddle/primitives';

type Height = NonNullable<ConsensusState['current']>;
type Round = NonNullable<ReturnType<Height['messages']['get']>>;

/** Heights for which a late round counts. */
const REMEMBERED_HEIGHTS = 100;
/** Failed rounds of one height that are looked at: whose turn an older one was would cost an election each. */
const MAX_ROUNDS = 8;

/**
 * Tells waits that are too short for this network from proposers and validators that are down or at fault. A round was
 * late if this validator gave it up, by a vote for nil, although the messages came that it waited for: a proposal that is
 * right, or a majority for it. A faulty proposer can arrange for that in its own rounds, so those of over a third of the
 * power must have been late.
 */
export class LateRounds {
  /** The last height at which a round of this proposer was late. */
  readonly #heights = new Map<Address, number>();

  /** The current height of `state` was decided in `round`. True: the waits are too short. */
  decided({ current }: ConsensusState, round: number): boolean {
    if (!current) return false;
    const { height, validators } = current;
    for (let failed = Math.max(0, round - MAX_ROUNDS); failed < round; failed++) {
      const proposer = proposerOf(current.validators, failed);
      if (isLate(current, failed, proposer)) this.#heights.set(proposer, height);
    }
    for (const [proposer, last] of this.#heights) {
      if (last <= height - REMEMBERED_HEIGHTS) this.#heights.delete(proposer);
    }
    if (!isOverOneThird(validators, this.#power(validators))) return false;
    this.#heights.clear();
    return true;
  }

  #power(validators: ValidatorSet): bigint {
    return [...this.#heights.keys()].reduce((sum, proposer) => sum + powerOf(validators, proposer), 0n);
  }
}

function isLate({ self, validators, messages, blocks }: Height, round: number, proposer: Address): boolean {
  const of = messages.get(round);
  const kept = of?.proposals.get(proposer);
  if (!of || self === undefined || !kept?.timely) return false;
  const { blockId } = kept.proposal;
  if (blocks.get(blockId)?.verdict === 'invalid') return false;
  const isNil = ({ first }: Round['prevotes']) => first.has(self) && first.get(self)?.blockId === undefined;
  if (isNil(of.prevotes)) return true;
  return isNil(of.precommits) && isQuorum(validators, of.prevotes.powerByBlock.get(blockId) ?? 0n);
}
