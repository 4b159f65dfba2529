import { describe, expect, test } from 'vitest';
import { advanceHeight, changeValidators, createValidatorSet, proposerOf } from '../src/proposer.ts';
import { decodeValidatorSet, encodeValidatorSet, type ValidatorSet, validatorSetOf } from '../src/validator-set.ts';
import { addressOf, setOf } from './core-under-test.ts';

const indexOf = (set: ValidatorSet, round = 0) => set.indexByAddress.get(proposerOf(set, round));
const priorities = (set: ValidatorSet) => set.members.map(({ priority }) => priority);

function proposers(set: ValidatorSet, count: number): (number | undefined)[] {
  const sequence: (number | undefined)[] = [];
  for (let height = 0, current = set; height < count; height++, current = advanceHeight(current)) {
    sequence.push(indexOf(current));
  }
  return sequence;
}

describe('proposer', () => {
  test('equal stakes take turns, the lower address first', () => {
    expect(proposers(setOf([1n, 1n, 1n]), 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test('stakes 1000, 300, 330 give the sequence that CometBFT lists', () => {
    // types/validator_set_test.go, TestProposerSelection1: foo 1000, bar 300, baz 330, the first twenty proposers.
    const sequence = 'foo baz foo bar foo foo baz foo bar foo foo baz foo foo bar foo baz foo foo bar'.split(' ');
    const names = ['bar', 'baz', 'foo'];
    const set = createValidatorSet([
      { address: addressOf(0), stake: 300n },
      { address: addressOf(1), stake: 330n },
      { address: addressOf(2), stake: 1000n },
    ]);
    expect(proposers(set, 20).map((index) => names[index ?? -1])).toEqual(sequence);
  });

  test('stakes 4 and 5, 4, 100 propose in proportion', () => {
    // TestProposerSelection2: with 100, 100 and 400 + 1 the heavy one begins; with 4, 5, 3 each proposes that often.
    const counts = [0, 0, 0];
    for (const index of proposers(setOf([4n, 5n, 3n]), 120)) counts[index ?? -1] = (counts[index ?? -1] ?? 0) + 1;
    expect(counts).toEqual([40, 50, 30]);
  });

  test('who proposes in a round is a copy of the set advanced that often', () => {
    const set = setOf([3n, 1n, 2n]);
    expect([0, 1, 2, 3, 4, 5].map((round) => indexOf(set, round))).toEqual(proposers(set, 6));
    expect(indexOf(set, 2)).toBe(proposers(set, 3)[2]); // asking again, lower, changes nothing
  });

  test('the next height follows the height before, whatever round decided it', () => {
    const set = setOf([1n, 1n, 1n, 1n]);
    proposerOf(set, 9);
    expect(indexOf(advanceHeight(set))).toBe(1);
  });

  test('priorities are centered by a division that rounds down', () => {
    const members = [-5n, 0n, 1n].map((priority, index) => ({ address: addressOf(index), power: 10n, priority }));
    // Sum -4, average -2 (rounded down; towards zero it would be -1): -3, 2, 3; then + 10 each, the winner pays 30.
    expect(priorities(advanceHeight(validatorSetOf(members, addressOf(0))))).toEqual([7n, 12n, -17n]);
  });

  test('priorities are scaled down by a ratio that rounds up, quotients towards zero', () => {
    const members = [-45n, 0n, 45n].map((priority, index) => ({ address: addressOf(index), power: 10n, priority }));
    // Spread 90 over window 60: ratio 2. -22, 0, 22; + 10 each; the winner pays 30.
    expect(priorities(advanceHeight(validatorSetOf(members, addressOf(0))))).toEqual([-12n, 10n, 2n]);
  });

  test('a newcomer begins at -1.125 times the total', () => {
    const set = changeValidators(setOf([10n, 10n]), [
      { address: addressOf(0), stake: 10n },
      { address: addressOf(1), stake: 10n },
      { address: addressOf(2), stake: 20n },
    ]);
    // After the first height: -10, 10. Newcomer -(40 + 5) = -45: sum -45, average -15: 5, 25, -30; then one turn.
    expect(priorities(set)).toEqual([15n, -5n, -10n]);
    expect(indexOf(set)).toBe(1);
  });

  test('who leaves takes its priority along, who changes its stake keeps it', () => {
    const set = changeValidators(setOf([10n, 10n, 10n]), [
      { address: addressOf(1), stake: 30n },
      { address: addressOf(2), stake: 10n },
    ]);
    expect(priorities(set)).toEqual([-10n, 10n]);
  });

  test('a set is read back as it was written, with negative priorities', () => {
    const set = advanceHeight(setOf([1n, 1n << 59n]));
    expect(decodeValidatorSet(encodeValidatorSet(set))).toEqual(set);
  });

  test.each([
    ['empty', []],
    ['doubled', [1n, 1n].map((stake) => ({ address: addressOf(0), stake }))],
    ['without stake', [{ address: addressOf(0), stake: 0n }]],
    ['too heavy', [{ address: addressOf(0), stake: (1n << 60n) + 1n }]],
  ])('a set that is %s is refused', (_, validators) => {
    expect(() => createValidatorSet(validators)).toThrow(expect.objectContaining({ code: 'VALIDATOR_SET_INVALID' }));
  });
});
