import type { Address, Hash } from '@heddle/primitives';
import type { OwnMessage } from './effects.ts';
import type { MessagesAhead } from './messages-ahead.ts';
import type { RoundState } from './round-machine.ts';
import type { ValidatorSet } from './validator-set.ts';
import type { HeightMessages } from './vote-keeper.ts';

/** All that the core remembers. Immutable: keep it, compare it, go back to it. Read it through queries.ts. */
export interface ConsensusState {
  /** Undefined before the first `height` input. */
  readonly current: HeightState | undefined;
  /** The height before, whose late precommits still count for its certificate. */
  readonly previous: DecidedHeight | undefined;
  readonly ahead: MessagesAhead;
}

/** The height that is being decided, or has been and waits for the next `height` input. */
export interface HeightState {
  readonly height: number;
  readonly validators: ValidatorSet;
  /** The own address if it stands in the set. */
  readonly self: Address | undefined;
  readonly rounds: RoundState;
  readonly messages: HeightMessages;
  readonly blocks: ReadonlyMap<Hash, BlockKnowledge>;
  /** Which "for the first time" rules have fired in the current round; cleared by StartRound. */
  readonly firsts: ReadonlySet<FirstTime>;
  /** Own messages that were asked for and have not come back signed, in the order asked. */
  readonly unsigned: readonly OwnMessage[];
  readonly decision: { readonly round: number; readonly blockId: Hash } | undefined;
  /** L50 failed: nothing moves any more. */
  readonly isHalted: boolean;
}

/** Rules that fire once in a round. `nilPrecommits` cuts the wait of L47 short. */
export type FirstTime = 'L34' | 'L36' | 'L47' | 'nilPrecommits';

/** What is known of a block. */
export interface BlockKnowledge {
  /** How it was asked for, and in which round it was wanted. */
  readonly asked: { readonly type: 'validate' | 'needBlock'; readonly round: number } | undefined;
  readonly verdict: 'valid' | 'invalid' | undefined;
}

/** A decided height. */
export interface DecidedHeight {
  readonly height: number;
  readonly validators: ValidatorSet;
  readonly round: number;
  readonly blockId: Hash;
  readonly messages: HeightMessages;
}
