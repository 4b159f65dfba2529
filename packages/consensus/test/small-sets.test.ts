import { describe, expect, test } from 'vitest';
import { currentCertificate, previousCertificate } from '../src/queries.ts';
import { A, addressOf, blockOf, coreUnderTest, effectsOf, setOf, signed, voteBy } from './core-under-test.ts';

describe('sets of any size', () => {
  test('one validator alone decides by its own messages', () => {
    const core = coreUnderTest({ self: 0, stakes: [1n] });
    expect(signed(core.built(0, A))).toEqual(['proposal 0 A -1']);
    expect(signed(core.propose(0, A))).toEqual(['prevote 0 A']);
    expect(signed(core.prevote(0, A, 0))).toEqual(['precommit 0 A']);
    expect(effectsOf(core.precommit(0, A, 0), 'commitBlock')).toHaveLength(1);
  });

  test.each([
    [2, 2],
    [3, 3],
    [4, 3],
    [7, 5],
  ])('of %i equal validators %i decide, and one fewer does not', (size, quorum) => {
    const core = coreUnderTest({ stakes: Array.from({ length: size }, () => 1n) });
    core.propose(0, A);
    core.answer(A, 'valid');
    const voters = Array.from({ length: quorum }, (_, index) => index);
    expect(core.precommit(0, A, ...voters.slice(1)).lines).not.toContain('L51');
    expect(core.precommit(0, A, 0).lines).toContain('L51');
  });

  test('power counts, not heads', () => {
    const core = coreUnderTest({ stakes: [1n, 1n, 1n, 7n] });
    core.propose(0, A, { by: 3 });
    core.answer(A, 'valid');
    expect(core.precommit(0, A, 0, 1, 2).lines).toEqual([]);
    expect(core.precommit(0, A, 3).lines).toContain('L51');
  });

  test('a node without a key, and one outside the set, follow without signing', () => {
    for (const self of [undefined, 9]) {
      const core = coreUnderTest({ self });
      core.propose(0, A);
      expect(signed(core.answer(A, 'valid'))).toEqual([]);
      expect(core.rounds().step).toBe('prevote');
      expect(signed(core.prevote(0, A, 0, 1, 2))).toEqual([]);
      expect(effectsOf(core.precommit(0, A, 0, 1, 2), 'commitBlock')).toHaveLength(1);
    }
  });
});

describe('the height before', () => {
  const decided = () => {
    const core = coreUnderTest({ self: 3 });
    core.propose(0, A);
    core.answer(A, 'valid');
    core.precommit(0, A, 0, 1, 2);
    return core;
  };
  const enter = (core: ReturnType<typeof decided>) => {
    core.give({ type: 'height', height: 2, validators: setOf([1n, 1n, 1n, 1n]), self: addressOf(3) });
  };
  const signers = (certificate: { signatures: readonly { validator: string }[] } | undefined) => {
    return certificate?.signatures.map(({ validator }) => validator);
  };

  test('a late precommit joins the certificate, before and after the next height begins', () => {
    const core = decided();
    expect(signers(currentCertificate(core.state()))).toHaveLength(3);
    core.precommit(0, A, 3);
    expect(signers(currentCertificate(core.state()))).toHaveLength(4);
    const late = decided();
    enter(late);
    expect(late.precommit(0, A, 3)).toMatchObject({ effects: [] });
    expect(signers(previousCertificate(late.state()))).toEqual([0, 1, 2, 3].map(addressOf));
  });

  test('a late precommit for another block or round does not', () => {
    const core = decided();
    enter(core);
    core.precommit(0, blockOf('B'), 3);
    core.precommit(1, A, 3);
    core.prevote(0, A, 3);
    expect(signers(previousCertificate(core.state()))).toHaveLength(3);
  });

  test('after a restart the stored certificate is completed', () => {
    const before = decided();
    const certificate = currentCertificate(before.state());
    if (!certificate) throw new TypeError('not decided');
    const core = coreUnderTest({ start: false });
    const previous = { certificate, validators: core.validators };
    core.give({ type: 'height', height: 2, validators: setOf([1n, 1n, 1n, 1n]), self: undefined, previous });
    core.precommit(0, A, 3);
    expect(signers(previousCertificate(core.state()))).toEqual([0, 1, 2, 3].map(addressOf));
  });

  test('heights only go up', () => {
    const core = decided();
    expect(() => core.give({ type: 'height', height: 1, validators: core.validators, self: undefined })).toThrow();
  });
});

test('an earlier state is untouched by what came after it', () => {
  const core = coreUnderTest({ self: 3 });
  core.propose(0, A);
  const before = core.state();
  const copy = structuredClone(before.current?.rounds);
  core.answer(A, 'valid');
  core.give({ type: 'vote', vote: voteBy(0, 'prevote', 0, A) });
  expect(before.current?.rounds).toEqual(copy);
  expect(before.current?.messages.get(0)?.prevotes.first.size).toBe(0);
});
