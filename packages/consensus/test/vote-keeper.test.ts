import { describe, expect, test } from 'vitest';
import { MAX_CONFLICTING_MESSAGES, MAX_MESSAGES_AHEAD, MAX_ROUND } from '../src/limits.ts';
import {
  holdsVote,
  isBlockWanted,
  knownRounds,
  proposalAt,
  quorumBlockOf,
  roundStatus,
  voteBits,
  votesForBlock,
  votesMissingIn,
} from '../src/queries.ts';
import { A, addressOf, B, blockOf, coreUnderTest, effectsOf, voteBy } from './core-under-test.ts';

const ID = { height: 1, round: 0, kind: 'prevote' } as const;
/** Of a peer that has no votes. */
const NO_BITS = new Uint8Array();

describe('what is kept', () => {
  test('a second copy of a vote changes nothing', () => {
    const core = coreUnderTest();
    core.prevote(0, A, 0);
    const before = core.height().messages;
    core.prevote(0, A, 0);
    expect(core.height().messages).toBe(before);
  });

  test('an equivocation is evidence once, and counts for its own block only', () => {
    const core = coreUnderTest();
    core.prevote(0, A, 0);
    const [first] = effectsOf(core.prevote(0, B, 0), 'evidence');
    expect(first?.evidence).toMatchObject({
      type: 'votes',
      validator: addressOf(0),
      first: { blockId: A },
      second: { blockId: B },
    });
    expect(effectsOf(core.prevote(0, undefined, 0), 'evidence')).toEqual([]);
    core.prevote(0, B, 1, 2);
    expect(quorumBlockOf(core.state(), ID)).toBe(B);
    expect(
      votesForBlock(core.state(), ID, B)
        .map(({ validator }) => validator)
        .sort(),
    ).toEqual([0, 1, 2].map(addressOf));
    expect(votesMissingIn(core.state(), ID, NO_BITS)).toHaveLength(3);
  });

  test('an equivocator cannot fill the memory', () => {
    const core = coreUnderTest();
    for (let index = 0; index < 50; index++) core.prevote(0, blockOf(`block ${index}`), 0);
    expect(core.height().messages.get(0)?.prevotes.conflicting).toHaveLength(MAX_CONFLICTING_MESSAGES);
  });

  test('strangers are not heard, and no round beyond the largest', () => {
    const core = coreUnderTest();
    core.prevote(0, A, 9);
    core.propose(0, A, { by: 9 });
    core.prevote(MAX_ROUND + 1, A, 0);
    core.prevote(-1, A, 0);
    core.prevote(0.5, A, 0);
    expect(core.height().messages.size).toBe(0);
  });

  test('of rounds ahead only the two highest of a validator stay', () => {
    const core = coreUnderTest();
    for (const round of [1, 5, 9, 7, 1_000_000, 6]) core.prevote(round, A, 0);
    expect(knownRounds(core.state(), 1)).toEqual([1, 9, 1_000_000]);
    core.propose(12, A, { by: 0 });
    expect(knownRounds(core.state(), 1)).toEqual([1, 12, 1_000_000]);
  });

  test('dropping what one validator left keeps what others said there', () => {
    const core = coreUnderTest({ stakes: [1n, 1n, 1n, 1n, 1n, 1n, 1n] });
    core.prevote(5, A, 0, 1);
    core.prevote(6, A, 0);
    core.prevote(7, A, 0);
    const ofRound5 = votesMissingIn(core.state(), { ...ID, round: 5 }, NO_BITS);
    expect(ofRound5.map(({ validator }) => validator)).toEqual([addressOf(1)]);
    expect(core.prevote(5, A, 2).lines).toEqual([]);
    expect(core.prevote(5, A, 3).lines).toContain('L55');
  });

  test('messages of coming heights are kept within their limits and used in time', () => {
    const core = coreUnderTest();
    for (let round = 0; round < 100; round++) core.give({ type: 'vote', vote: voteBy(0, 'prevote', round, A, 2) });
    core.give({ type: 'vote', vote: voteBy(1, 'prevote', 0, A, 5) });
    core.give({ type: 'vote', vote: voteBy(1, 'prevote', 0, A, 6) });
    core.give({ type: 'vote', vote: voteBy(9, 'prevote', 0, A, 2) });
    const { ahead } = core.state();
    expect([...ahead.keys()].sort()).toEqual([2, 5]);
    expect(ahead.get(2)?.get(addressOf(0))).toHaveLength(MAX_MESSAGES_AHEAD);
    core.give({ type: 'height', height: 5, validators: core.validators, self: undefined });
    expect(votesMissingIn(core.state(), { ...ID, height: 5 }, NO_BITS)).toHaveLength(1);
    expect(core.state().ahead.size).toBe(0);
  });
});

describe('what others may read', () => {
  test('bits name the validators whose votes are known, and what a peer lacks follows', () => {
    const core = coreUnderTest({ stakes: Array.from({ length: 10 }, () => 1n) });
    core.prevote(0, A, 0, 3, 9);
    expect(voteBits(core.state(), ID)).toEqual(Uint8Array.of(0b1001, 0b10));
    const missing = votesMissingIn(core.state(), ID, Uint8Array.of(0b1000));
    expect(missing.map(({ validator }) => validator)).toEqual([0, 9].map(addressOf));
    expect(voteBits(core.state(), { ...ID, height: 7 })).toBeUndefined();
    expect(votesMissingIn(core.state(), { ...ID, height: 7 }, new Uint8Array(2))).toEqual([]);
  });

  test('a vote is known by its place, validator and block, an equivocator’s second too', () => {
    const core = coreUnderTest();
    core.prevote(0, A, 0);
    core.prevote(0, B, 0);
    core.prevote(0, undefined, 1);
    const known = (vote: ReturnType<typeof voteBy>) => holdsVote(core.state(), vote);
    expect(
      [voteBy(0, 'prevote', 0, A), voteBy(0, 'prevote', 0, B), voteBy(1, 'prevote', 0, undefined)].map(known),
    ).toEqual([true, true, true]);
    const others = [
      voteBy(0, 'prevote', 0, undefined),
      voteBy(1, 'prevote', 0, A),
      voteBy(2, 'prevote', 0, undefined),
      voteBy(0, 'precommit', 0, A),
      voteBy(0, 'prevote', 1, A),
      voteBy(0, 'prevote', 0, A, 2),
    ];
    expect(others.map(known)).toEqual(others.map(() => false));
  });

  test('proposals are those of their round’s proposer', () => {
    const core = coreUnderTest();
    core.propose(0, A);
    expect(proposalAt(core.state(), 0)?.blockId).toBe(A);
    expect(proposalAt(core.state(), 1)).toBeUndefined();
    expect(proposalAt(core.state(), -1)).toBeUndefined();
  });

  test('a block is wanted while the round, the lock or over a third names it', () => {
    const core = coreUnderTest({ self: 3 });
    core.propose(0, A);
    expect(isBlockWanted(core.state(), A)).toBe(true);
    core.timeout('precommit', 0);
    expect(isBlockWanted(core.state(), A)).toBe(false);
    core.prevote(0, A, 0);
    expect(isBlockWanted(core.state(), A)).toBe(false);
    core.prevote(0, A, 1);
    expect(isBlockWanted(core.state(), A)).toBe(true);
    expect(roundStatus(core.state())).toMatchObject({ height: 1, round: 1, step: 'propose', lockedRound: -1 });
  });
});
