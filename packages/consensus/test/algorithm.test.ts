// Long because the algorithm is one: its tests are read beside the paper, line by line, and share one cast.
//
// One test per line of Algorithm 1 (arXiv 1807.04938) that carries behaviour. Four validators of equal power, quorum 3,
// round r is proposed by validator r mod 4. The core under test is validator 3 unless a test says otherwise.

import { describe, expect, test } from 'vitest';
import { A, addressOf, B, coreUnderTest, effectsOf, setOf, signed, timers, voteBy } from './core-under-test.ts';

const voter = () => coreUnderTest({ self: 3 });

/** Validator 3 locked on A in round 0, now in round `round` (2 or lower is not its own). */
function lockedOnA(round: number) {
  const core = voter();
  core.propose(0, A);
  core.answer(A, 'valid');
  core.prevote(0, A, 0, 1, 3);
  for (let next = 0; next < round; next++) core.timeout('precommit', next);
  return core;
}

describe('starting', () => {
  test('L2-9: a height begins without round, lock and valid value', () => {
    const { rounds } = coreUnderTest({ self: 3, start: false });
    expect(rounds()).toEqual({
      round: -1,
      step: 'newHeight',
      lockedValue: undefined,
      lockedRound: -1,
      validValue: undefined,
      validRound: -1,
    });
  });

  test('L10: start begins round 0, once', () => {
    const core = coreUnderTest({ self: 3, start: false });
    expect(core.start().lines).toEqual(['L10', 'L11', 'L21']);
    expect(core.start()).toMatchObject({ lines: [], effects: [] });
  });

  test('L11-13: a round begins in step propose and evaluates what it already holds', () => {
    const core = coreUnderTest({ self: 3, start: false });
    core.propose(0, A);
    core.answer(A, 'valid');
    const begun = core.start();
    expect(begun.lines).toEqual(['L10', 'L11', 'L21', 'L22', 'L24']);
    expect(effectsOf(begun, 'newStep').map(({ step }) => step)).toEqual(['propose', 'prevote']);
  });

  test('L12: locks and the valid value survive a new round', () => {
    expect(lockedOnA(1).rounds()).toMatchObject({
      round: 1,
      lockedValue: A,
      lockedRound: 0,
      validValue: A,
      validRound: 0,
    });
  });
});

describe('proposing', () => {
  test('L14: only the proposer of the round builds', () => {
    expect(effectsOf(coreUnderTest({ self: 0, start: false }).start(), 'build')).toHaveLength(1);
    expect(effectsOf(coreUnderTest({ self: 1, start: false }).start(), 'build')).toHaveLength(0);
  });

  test('L16: with a valid value the proposer proposes it again, with its round', () => {
    const core = coreUnderTest({ self: 1 });
    core.propose(0, A);
    core.answer(A, 'valid');
    core.prevote(0, A, 0, 1, 2);
    const next = core.timeout('precommit', 0);
    expect(next.lines).toEqual(['L65', 'L11', 'L16', 'L19']);
    expect(signed(next)).toEqual(['proposal 1 A 0']);
    expect(effectsOf(next, 'build')).toEqual([]);
  });

  test('L16: it is the valid value that is proposed again, not the locked one', () => {
    const core = coreUnderTest({ self: 2 });
    core.propose(0, A);
    core.answer(A, 'valid');
    core.prevote(0, A, 0, 1, 2); // locked on A in round 0
    core.timeout('precommit', 0);
    core.propose(1, B);
    core.timeout('propose', 1);
    core.timeout('prevote', 1); // in step precommit of round 1, without B's verdict
    core.prevote(1, B, 0, 1, 3);
    core.answer(B, 'valid');
    expect(core.rounds()).toMatchObject({ lockedValue: A, lockedRound: 0, validValue: B, validRound: 1 });
    expect(signed(core.timeout('precommit', 1))).toEqual(['proposal 2 B 1']);
  });

  test('L18-19: without a valid value it builds, and proposes what was built', () => {
    const core = coreUnderTest({ self: 0, start: false });
    const begun = core.start();
    expect(begun.lines).toEqual(['L10', 'L11', 'L18']);
    expect(effectsOf(begun, 'build')).toEqual([{ type: 'build', height: 1, round: 0 }]);
    const built = core.built(0, A);
    expect(built.lines).toEqual(['L19']);
    expect(signed(built)).toEqual(['proposal 0 A -1']);
  });

  test('L18: a second answer, and one after the step is over, propose nothing', () => {
    const core = coreUnderTest({ self: 0 });
    core.built(0, A);
    expect(signed(core.built(0, B))).toEqual([]);
    const late = coreUnderTest({ self: 0 });
    late.timeout('propose', 0);
    expect(signed(late.built(0, A))).toEqual([]);
  });

  test('L19: the own proposal acts only when it comes back through the queue', () => {
    const core = coreUnderTest({ self: 0 });
    expect(signed(core.built(0, A))).not.toContain('prevote 0 A');
    expect(signed(core.propose(0, A))).toEqual(['prevote 0 A']);
  });

  test('L21: who does not propose schedules the propose timeout', () => {
    const begun = coreUnderTest({ self: 3, start: false }).start();
    expect(begun.lines).toContain('L21');
    expect(timers(begun)).toEqual(['propose 0']);
  });
});

describe('a fresh proposal', () => {
  test('L22-24: a valid one is prevoted', () => {
    const core = voter();
    expect(effectsOf(core.propose(0, A), 'validate')).toEqual([{ type: 'validate', height: 1, round: 0, blockId: A }]);
    const answered = core.answer(A, 'valid');
    expect(answered.lines).toEqual(['L22', 'L24']);
    expect(signed(answered)).toEqual(['prevote 0 A']);
  });

  test('L22: only the proposer of the round is heard, and its first proposal wins', () => {
    const core = voter();
    expect(core.propose(0, A, { by: 1 }).effects).toEqual([]);
    core.propose(0, A);
    const second = core.propose(0, B);
    expect(effectsOf(second, 'evidence').map(({ evidence }) => evidence.type)).toEqual(['proposals']);
    expect(effectsOf(core.propose(0, B), 'evidence')).toEqual([]);
    core.answer(B, 'valid');
    expect(signed(core.answer(A, 'valid'))).toEqual(['prevote 0 A']);
  });

  test('L23: a validator locked on another value prevotes nil', () => {
    const core = lockedOnA(1);
    const proposed = core.propose(1, B);
    expect(proposed.lines).toEqual(['L22', 'L26']);
    expect(signed(proposed)).toEqual(['prevote 1 nil']);
  });

  test('L23: a validator locked on this value prevotes it', () => {
    expect(signed(lockedOnA(1).propose(1, A))).toEqual(['prevote 1 A']);
  });

  test('L26: an invalid one gets nil, never silence', () => {
    const core = voter();
    core.propose(0, A);
    const answered = core.answer(A, 'invalid');
    expect(answered.lines).toEqual(['L22', 'L26']);
    expect(signed(answered)).toEqual(['prevote 0 nil']);
  });

  test('L26: an untimely one gets nil at once', () => {
    const core = voter();
    const proposed = core.propose(0, A, { timely: false });
    expect(proposed.lines).toEqual(['L22', 'L26']);
    expect(effectsOf(proposed, 'validate')).toEqual([]);
    expect(effectsOf(core.prevote(0, A, 0, 1, 2), 'validate')).toHaveLength(1); // but others may have found it timely
  });

  test('L27: after it the step is prevote, and it is prevoted once', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    expect(core.rounds().step).toBe('prevote');
    expect(signed(core.propose(0, A))).toEqual([]);
  });
});

describe('a proposal with a valid round', () => {
  test('L28-30: with the polka of that round it is prevoted', () => {
    const core = voter();
    core.prevote(0, A, 0, 1, 2);
    core.timeout('precommit', 0);
    const proposed = core.propose(1, A, { polRound: 0 });
    expect(signed(proposed)).toEqual([]);
    const answered = core.answer(A, 'valid');
    expect(answered.lines).toEqual(['L28', 'L30']);
    expect(signed(answered)).toEqual(['prevote 1 A']);
  });

  test('L28: without the polka it waits, and the timeout ends the wait', () => {
    const core = voter();
    core.prevote(0, A, 0, 1);
    core.timeout('precommit', 0);
    core.propose(1, A, { polRound: 0 });
    expect(core.answer(A, 'valid')).toMatchObject({ lines: [] });
    expect(core.rounds().step).toBe('propose');
    expect(core.prevote(0, A, 2).lines).toEqual(['L28', 'L30']);
    const other = voter();
    other.timeout('precommit', 0);
    other.propose(1, A, { polRound: 0 });
    expect(signed(other.timeout('propose', 1))).toEqual(['prevote 1 nil']);
  });

  test('L28: a polka for another block or of another round does not count', () => {
    const core = voter();
    core.prevote(0, B, 0, 1, 2);
    core.timeout('precommit', 0);
    core.prevote(1, A, 0, 1, 2);
    core.timeout('precommit', 1);
    core.propose(2, A, { polRound: 0 });
    expect(core.answer(A, 'valid').lines).toEqual([]);
  });

  test('L28: the valid round must lie before the round', () => {
    const core = voter();
    core.prevote(0, A, 0, 1, 2);
    expect(core.propose(0, A, { polRound: 0 }).effects).toEqual([]);
    expect(core.answer(A, 'valid').lines).not.toContain('L28');
  });

  test('L29: a lock of the very same round gives way (<=, not <)', () => {
    // Locked on A in round 0; more than a third is faulty and shows a polka for B in round 0 too.
    const core = lockedOnA(1);
    core.prevote(0, B, 0, 1, 2);
    core.propose(1, B, { polRound: 0 });
    expect(core.answer(B, 'valid').lines).toEqual(['L28', 'L30']);
  });

  test('L29: a lock of a later round does not give way', () => {
    const core = voter();
    core.prevote(0, B, 0, 1, 2);
    core.timeout('precommit', 0);
    core.propose(1, A);
    core.answer(A, 'valid');
    core.prevote(1, A, 0, 1, 3); // locked on A in round 1
    core.timeout('precommit', 1);
    const proposed = core.propose(2, B, { polRound: 0 });
    expect(proposed.lines).toEqual(['L28', 'L32']);
    expect(signed(proposed)).toEqual(['prevote 2 nil']);
  });

  test('L29: a lock of a later round on the same value does not stand in the way', () => {
    const core = lockedOnA(1);
    core.propose(1, A, { polRound: 0 });
    core.prevote(1, A, 0, 1, 3); // locked on A in round 1 now
    core.timeout('precommit', 1);
    expect(core.rounds().lockedRound).toBe(1);
    expect(signed(core.propose(2, A, { polRound: 0 }))).toEqual(['prevote 2 A']);
  });

  test('L30: the prevote leaves an older lock where it is', () => {
    const core = lockedOnA(1);
    core.prevote(1, B, 0, 1, 2);
    core.timeout('precommit', 1);
    core.propose(2, B, { polRound: 1 });
    expect(signed(core.answer(B, 'valid'))).toEqual(['prevote 2 B']);
    expect(core.rounds()).toMatchObject({ lockedValue: A, lockedRound: 0 });
  });

  test('L32: an invalid one gets nil', () => {
    const core = voter();
    core.prevote(0, A, 0, 1, 2);
    core.timeout('precommit', 0);
    core.propose(1, A, { polRound: 0 });
    const answered = core.answer(A, 'invalid');
    expect(answered.lines).toEqual(['L28', 'L32']);
    expect(signed(answered)).toEqual(['prevote 1 nil']);
  });

  test('L33: after it the step is prevote', () => {
    const core = voter();
    core.prevote(0, A, 0, 1, 2);
    core.timeout('precommit', 0);
    core.propose(1, A, { polRound: 0 });
    core.answer(A, 'valid');
    expect(core.rounds().step).toBe('prevote');
  });
});

describe('prevotes', () => {
  test('L34-35: more than two thirds of any kind start the prevote timeout, once, and only in step prevote', () => {
    const core = voter();
    expect(timers(core.prevote(0, A, 0, 1))).toEqual([]);
    expect(timers(core.prevote(0, undefined, 2))).toEqual([]); // still in step propose
    const stepped = core.timeout('propose', 0);
    expect(stepped.lines).toEqual(['L57', 'L34']);
    expect(timers(stepped)).toEqual(['prevote 0']);
    expect(timers(core.prevote(0, undefined, 3))).toEqual([]);
  });

  test('L34: an equivocator counts once', () => {
    const core = voter();
    core.timeout('propose', 0);
    core.prevote(0, A, 0, 1);
    expect(timers(core.prevote(0, B, 1))).toEqual([]);
    expect(timers(core.prevote(0, B, 2))).toEqual(['prevote 0']);
  });

  test('L36-41: a polka for a valid proposal locks it and precommits it', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    const polka = core.prevote(0, A, 0, 1, 3);
    expect(polka.lines).toEqual(['L36', 'L38', 'L42']);
    expect(signed(polka)).toEqual(['precommit 0 A']);
    expect(core.rounds()).toMatchObject({
      step: 'precommit',
      lockedValue: A,
      lockedRound: 0,
      validValue: A,
      validRound: 0,
    });
  });

  test('L36: two thirds exactly are not enough', () => {
    const core = coreUnderTest({ self: 2, stakes: [1n, 1n, 1n] });
    core.propose(0, A);
    core.answer(A, 'valid');
    expect(core.prevote(0, A, 0, 2).lines).not.toContain('L36');
    expect(core.prevote(0, A, 1).lines).toContain('L36');
  });

  test('L36: not in step propose, but right after the own prevote', () => {
    const core = voter();
    core.propose(0, A);
    expect(core.prevote(0, A, 0, 1, 2).lines).toEqual([]);
    expect(core.answer(A, 'valid').lines).toEqual(['L22', 'L24', 'L36', 'L38', 'L42']);
  });

  test('L36: a verdict that comes after the propose timeout still locks', () => {
    const core = voter();
    core.propose(0, A);
    expect(signed(core.timeout('propose', 0))).toEqual(['prevote 0 nil']);
    core.prevote(0, A, 0, 1, 2);
    expect(signed(core.answer(A, 'valid'))).toEqual(['precommit 0 A']);
  });

  test('L36: an invalid block is not locked whatever others prevote', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'invalid');
    expect(core.prevote(0, A, 0, 1, 2).lines).toEqual(['L34']);
    expect(core.rounds().lockedRound).toBe(-1);
  });

  test('L36: a polka for a block without proposal asks for the block', () => {
    const core = voter();
    const polka = core.prevote(0, A, 0, 1, 2);
    expect(effectsOf(polka, 'needBlock')).toEqual([{ type: 'needBlock', height: 1, round: 0, blockId: A }]);
    expect(effectsOf(core.timeout('propose', 0), 'needBlock')).toEqual([]);
    expect(signed(core.answer(A, 'valid'))).toEqual(['precommit 0 A']);
  });

  test('L37: in step precommit the polka makes the value valid without a lock or a vote', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    core.prevote(0, undefined, 0, 1);
    core.prevote(0, A, 3);
    core.timeout('prevote', 0); // precommits nil
    const polka = core.prevote(0, A, 0, 1);
    expect(polka.lines).toEqual(['L36', 'L42']);
    expect(signed(polka)).toEqual([]);
    expect(core.rounds()).toMatchObject({ lockedRound: -1, validValue: A, validRound: 0 });
  });

  test('L38-39: a later polka moves the lock, a nil polka never opens it', () => {
    const core = lockedOnA(1);
    core.timeout('propose', 1);
    core.prevote(1, undefined, 0, 1, 2);
    expect(core.rounds()).toMatchObject({ step: 'precommit', lockedValue: A, lockedRound: 0 });
    core.timeout('precommit', 1);
    core.propose(2, B);
    core.answer(B, 'valid');
    core.prevote(2, B, 0, 1, 2);
    expect(core.rounds()).toMatchObject({ lockedValue: B, lockedRound: 2 });
  });

  test('L42: a polka of a round that has passed changes nothing', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    core.timeout('precommit', 0);
    expect(core.prevote(0, A, 0, 1, 2).lines).toEqual([]);
    expect(core.rounds().validRound).toBe(-1);
  });

  test('L44-46: a nil polka precommits nil and keeps the lock', () => {
    const core = lockedOnA(1);
    core.timeout('propose', 1);
    const polka = core.prevote(1, undefined, 0, 1, 3);
    expect(polka.lines).toEqual(['L44']);
    expect(signed(polka)).toEqual(['precommit 1 nil']);
    expect(core.rounds()).toMatchObject({ step: 'precommit', lockedValue: A, lockedRound: 0 });
  });

  test('L44: not in step propose', () => {
    const core = voter();
    expect(core.prevote(0, undefined, 0, 1, 2).lines).toEqual([]);
    expect(core.timeout('propose', 0).lines).toEqual(['L57', 'L44']);
  });
});

describe('precommits', () => {
  test('L47-48: more than two thirds of any kind start the precommit timeout, once, in any step', () => {
    const core = voter();
    core.precommit(0, A, 0);
    core.precommit(0, undefined, 1);
    const third = core.precommit(0, undefined, 2);
    expect(core.rounds().step).toBe('propose');
    expect(third.lines).toEqual(['L47']);
    expect(timers(third)).toEqual(['precommit 0']);
    expect(timers(core.precommit(0, A, 3))).toEqual([]);
  });

  test('L47: when more than two thirds precommit nil, the wait is over at once', () => {
    const core = voter();
    core.precommit(0, A, 0);
    expect(timers(core.precommit(0, undefined, 1, 2))).toEqual(['precommit 0']);
    expect(timers(core.precommit(0, undefined, 3))).toEqual(['precommit 0!']);
  });

  test('L49-51: more than two thirds for a valid proposal decide', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    const quorum = core.precommit(0, A, 2, 0, 1);
    expect(quorum.lines).toEqual(['L49', 'L51']);
    const [commit] = effectsOf(quorum, 'commitBlock');
    expect(commit).toMatchObject({ height: 1, blockId: A, certificate: { height: 1, round: 0, blockId: A } });
    expect(commit?.certificate.signatures.map(({ validator }) => validator)).toEqual([0, 1, 2].map(addressOf));
  });

  test('L49: nil is never decided', () => {
    expect(voter().precommit(0, undefined, 0, 1, 2).lines).not.toContain('L51');
  });

  test('L49: a quorum of a past round decides', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    core.precommit(0, A, 0, 1);
    core.timeout('precommit', 0);
    core.timeout('propose', 1);
    expect(core.precommit(0, A, 2).lines).toEqual(['L49', 'L51']);
  });

  test('L49: a quorum of a future round decides, before any round has begun', () => {
    const core = coreUnderTest({ self: 3, start: false });
    core.propose(1, A);
    const votes = core.precommit(1, A, 0, 1, 2);
    expect(effectsOf(votes, 'validate')).toHaveLength(1);
    expect(core.answer(A, 'valid').lines).toEqual(['L49', 'L51']);
  });

  test('L49: votes alone decide once the block has been fetched', () => {
    const core = voter();
    const votes = core.precommit(0, A, 0, 1, 2);
    expect(effectsOf(votes, 'needBlock')).toEqual([{ type: 'needBlock', height: 1, round: 0, blockId: A }]);
    expect(core.answer(A, 'valid').lines).toEqual(['L49', 'L51']);
  });

  test('L49: an equivocator whose second precommit completes the quorum counts for it', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    core.precommit(0, B, 0);
    core.precommit(0, A, 1, 2);
    const second = core.precommit(0, A, 0);
    expect(effectsOf(second, 'evidence').map(({ evidence }) => evidence.type)).toEqual(['votes']);
    expect(second.lines).toEqual(['L49', 'L51']);
  });

  test('L50: a quorum for an invalid block stops the core', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'invalid');
    const quorum = core.precommit(0, A, 0, 1, 2);
    expect(quorum.lines).toEqual(['L50']);
    expect(effectsOf(quorum, 'halt')).toEqual([{ type: 'halt', height: 1, round: 0, blockId: A }]);
    expect(core.timeout('precommit', 0)).toMatchObject({ lines: [], effects: [] });
  });

  test('L51: after the decision nothing fires, and it stands once', () => {
    const core = voter();
    core.propose(0, A);
    core.answer(A, 'valid');
    core.precommit(0, A, 0, 1, 2);
    expect(core.precommit(0, A, 3)).toMatchObject({ lines: [], effects: [] });
    expect(core.prevote(1, B, 0, 1, 2)).toMatchObject({ lines: [], effects: [] });
    expect(core.timeout('precommit', 0)).toMatchObject({ lines: [], effects: [] });
  });

  test('L52-54: the next height begins anew, with what came early', () => {
    const core = lockedOnA(0);
    core.give({ type: 'vote', vote: voteBy(0, 'prevote', 0, B, 2) });
    core.precommit(0, A, 0, 1, 2);
    core.give({ type: 'height', height: 2, validators: setOf([1n, 1n, 1n, 1n]), self: addressOf(3) });
    expect(core.rounds()).toMatchObject({ round: -1, step: 'newHeight', lockedRound: -1, validRound: -1 });
    expect(core.height().messages.get(0)?.prevotes.first.size).toBe(1);
  });
});

describe('later rounds', () => {
  test('L55-56: more than a third in a later round pulls along, whatever they sent', () => {
    const core = voter();
    expect(core.prevote(2, A, 0).lines).toEqual([]);
    const second = core.precommit(2, undefined, 1);
    expect(second.lines).toEqual(['L55', 'L11', 'L21']);
    expect(core.rounds()).toMatchObject({ round: 2, step: 'propose' });
  });

  test('L55: a proposal counts, and one sender counts once', () => {
    const core = voter();
    core.propose(2, A);
    expect(core.prevote(2, A, 2).lines).toEqual([]);
    expect(core.prevote(2, A, 0).lines).toContain('L55');
  });

  test('L55: it jumps to the highest such round', () => {
    const core = coreUnderTest({ self: 4, stakes: [1n, 1n, 1n, 1n, 1n, 1n, 1n] });
    core.prevote(1, A, 0, 1);
    core.prevote(2, A, 0, 1);
    core.prevote(2, A, 2);
    expect(core.rounds().round).toBe(2);
  });

  test('L55: the valid value of the round that is left is kept (36 before 55)', () => {
    const core = voter();
    core.propose(0, A);
    core.timeout('propose', 0);
    core.prevote(0, A, 0, 1, 2);
    core.prevote(1, undefined, 0);
    core.answer(A, 'valid');
    core.prevote(1, undefined, 1);
    expect(core.rounds()).toMatchObject({ round: 1, validValue: A, validRound: 0, lockedRound: 0 });
  });

  test('L55: a third exactly is not enough', () => {
    const core = coreUnderTest({ self: 2, stakes: [1n, 1n, 1n] });
    expect(core.prevote(1, A, 0).lines).toEqual([]);
    expect(core.prevote(1, A, 1).lines).toContain('L55');
  });
});

describe('timeouts', () => {
  test('L57-60: propose: nil, even when locked', () => {
    const core = lockedOnA(1);
    const timeout = core.timeout('propose', 1);
    expect(timeout.lines).toEqual(['L57']);
    expect(signed(timeout)).toEqual(['prevote 1 nil']);
    expect(core.rounds().step).toBe('prevote');
  });

  test('L58: propose: only in step propose of that round and height', () => {
    const core = voter();
    expect(core.timeout('propose', 1).lines).toEqual([]);
    expect(core.timeout('propose', 0, 2).lines).toEqual([]);
    core.timeout('propose', 0);
    expect(core.timeout('propose', 0).lines).toEqual([]);
  });

  test('L61-64: prevote: nil', () => {
    const core = voter();
    core.timeout('propose', 0);
    const timeout = core.timeout('prevote', 0);
    expect(timeout.lines).toEqual(['L61']);
    expect(signed(timeout)).toEqual(['precommit 0 nil']);
    expect(core.rounds().step).toBe('precommit');
  });

  test('L62: prevote: only in step prevote of that round', () => {
    const core = voter();
    expect(core.timeout('prevote', 0).lines).toEqual([]);
    core.timeout('propose', 0);
    expect(core.timeout('prevote', 1).lines).toEqual([]);
    core.timeout('prevote', 0);
    expect(core.timeout('prevote', 0).lines).toEqual([]);
  });

  test('L65-67: precommit: the next round, from any step', () => {
    for (const before of [[], ['propose'], ['propose', 'prevote']] as const) {
      const core = voter();
      for (const kind of before) core.timeout(kind, 0);
      expect(core.timeout('precommit', 0).lines).toEqual(['L65', 'L11', 'L21']);
      expect(core.rounds()).toMatchObject({ round: 1, step: 'propose' });
    }
  });

  test('L66: precommit: only of the current round', () => {
    const core = voter();
    core.timeout('precommit', 0);
    expect(core.timeout('precommit', 0).lines).toEqual([]);
    expect(core.rounds().round).toBe(1);
    expect(coreUnderTest({ start: false }).timeout('precommit', -1).lines).toEqual([]);
  });
});
