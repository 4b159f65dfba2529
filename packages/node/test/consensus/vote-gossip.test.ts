import { applyInput, type ConsensusState, createConsensus, createValidatorSet } from '@heddle/consensus';
import type { Address, Hash, Vote, VoteKind } from '@heddle/primitives';
import { testAccounts } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import type { RoundBits } from '../../src/consensus/messages.ts';
import { PeerState } from '../../src/consensus/peer-state.ts';
import { missingAt, statusOf } from '../../src/consensus/vote-gossip.ts';

// What a peer is given by its status. The fourth validator has told this node something else than the peer.

const [SELF, SECOND, THIRD, TWOFACED] = testAccounts(4, 'validator').map(({ address }) => address) as [
  Address,
  Address,
  Address,
  Address,
];
const MEMBERS = [SELF, SECOND, THIRD, TWOFACED];
const BLOCK: Hash = `0x${'b1'.repeat(32)}`;
const NOW_MS = 1_000_000;
const NO_MAJORITY = { prevote: false, precommit: false };

const voteOf = (validator: Address, kind: VoteKind, blockId: Hash | undefined, height = 1): Vote => {
  return { kind, height, round: 0, blockId, validator, signature: new Uint8Array(65) };
};

/** A core at height 1 that was told `votes`. */
function coreWith(votes: readonly Vote[]): ConsensusState {
  const validators = createValidatorSet(MEMBERS.map((address) => ({ address, stake: 10n })));
  const { state } = applyInput(createConsensus(), { type: 'height', height: 1, validators, self: SELF });
  return votes.reduce((before, vote) => applyInput(before, { type: 'vote', vote }).state, state);
}

/** Votes that a peer of this status is given, by their senders. `round` is what it says of round 0. */
function givenTo(state: ConsensusState, peerRound: number, round: Partial<RoundBits>, height = 1): Address[] {
  const peer = new PeerState({ peerId: 'peer', validator: SECOND, height: 0 });
  const none = new Uint8Array(1);
  const bits = { round: 0, hasProposal: true, hasMajority: NO_MAJORITY, prevotes: none, precommits: none, ...round };
  peer.heard({ height, round: peerRound, role: 'vote', rounds: [bits], previous: undefined }, NOW_MS);
  const view = { self: SELF, nowMs: NOW_MS, heldSinceMs: () => NOW_MS - 1_000 };
  return missingAt(state, peer, view).votes.map(({ validator }) => validator);
}

describe('votes for a peer', () => {
  const prevotes = [SELF, SECOND, TWOFACED].map((address) => voteOf(address, 'prevote', BLOCK));

  it('are those without a bit in its status', () => {
    expect(givenTo(coreWith(prevotes), 0, { prevotes: Uint8Array.of(0b0111) })).toEqual([TWOFACED]);
  });

  it.each([0, 1, 9])(
    'are a majority whole, in round %i too, where it has a vote of each sender and yet sees none',
    (peerRound) => {
      const prevotesOfAll = { prevotes: Uint8Array.of(0b1111) };
      expect(givenTo(coreWith(prevotes), peerRound, prevotesOfAll)).toEqual([SELF, SECOND, TWOFACED]);
      const hasMajority = { prevote: true, precommit: false };
      expect(givenTo(coreWith(prevotes), peerRound, { ...prevotesOfAll, hasMajority })).toEqual([]);
    },
  );

  it('are none where nobody holds a majority', () => {
    const split = [...prevotes.slice(0, 2), voteOf(TWOFACED, 'prevote', undefined)];
    expect(givenTo(coreWith(split), 0, { prevotes: Uint8Array.of(0b1111) })).toEqual([]);
  });

  it('are what decided the height before, where an equivocator hides it', () => {
    const precommits = [SELF, SECOND, TWOFACED].map((address) => voteOf(address, 'precommit', BLOCK));
    const known = applyInput(coreWith(precommits), {
      type: 'blockValidity',
      height: 1,
      blockId: BLOCK,
      verdict: 'valid',
    }).state;
    const validators = createValidatorSet(MEMBERS.map((address) => ({ address, stake: 10n })));
    const next = applyInput(known, { type: 'height', height: 2, validators, self: SELF }).state;
    expect(givenTo(next, 0, { precommits: Uint8Array.of(0b0011) })).toEqual([TWOFACED]);
    expect(givenTo(next, 0, { precommits: Uint8Array.of(0b1011) })).toEqual([SELF, SECOND, TWOFACED]);
    const hasMajority = { prevote: false, precommit: true }; // it waits for the block
    expect(givenTo(next, 0, { precommits: Uint8Array.of(0b1011), hasMajority })).toEqual([]);
  });
});

describe('a status', () => {
  it('says of which votes a majority is here, of nil none', () => {
    const ofRound = (votes: readonly Vote[]) => statusOf(coreWith(votes))?.rounds[0]?.hasMajority;
    const three = [SELF, SECOND, TWOFACED];
    expect(ofRound(three.map((address) => voteOf(address, 'prevote', BLOCK)))).toEqual({
      ...NO_MAJORITY,
      prevote: true,
    });
    expect(ofRound(three.map((address) => voteOf(address, 'precommit', BLOCK)))).toEqual({
      ...NO_MAJORITY,
      precommit: true,
    });
    expect(ofRound(three.map((address) => voteOf(address, 'prevote', undefined)))).toEqual(NO_MAJORITY);
  });
});
