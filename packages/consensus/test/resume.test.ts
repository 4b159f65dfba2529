import { expect, test } from 'vitest';
import { applyInput, createConsensus } from '../src/consensus.ts';
import { decodeInput, encodeInput } from '../src/inputs.ts';
import { outstandingEffects } from '../src/resume.ts';
import { A, addressOf, coreUnderTest, effectsOf, signed, timers, voteBy } from './core-under-test.ts';

type Core = ReturnType<typeof coreUnderTest>;

/** What is left to do after the core's log has been replayed into a new one, which must end in the same state. */
function replayed(core: Core, self: number) {
  const height = { type: 'height', height: 1, validators: core.validators, self: addressOf(self) } as const;
  let { state } = applyInput(createConsensus(), height);
  for (const input of core.log) state = applyInput(state, decodeInput(encodeInput(input))).state;
  expect(state).toEqual(core.state());
  return { effects: outstandingEffects(state) };
}

test('before the start nothing is left to do', () => {
  const left = replayed(coreUnderTest({ self: 3, start: false }), 3);
  expect(left.effects).toEqual([{ type: 'newStep', height: 1, round: -1, step: 'newHeight' }]);
});

test('a running propose timer and a block in execution', () => {
  const core = coreUnderTest({ self: 3 });
  core.propose(0, A);
  const left = replayed(core, 3);
  expect(timers(left)).toEqual(['propose 0']);
  expect(effectsOf(left, 'validate')).toEqual([{ type: 'validate', height: 1, round: 0, blockId: A }]);
});

test('a build that was not answered, and not one that was', () => {
  const core = coreUnderTest({ self: 0 });
  expect(effectsOf(replayed(core, 0), 'build')).toHaveLength(1);
  core.built(0, A);
  const left = replayed(core, 0);
  expect(effectsOf(left, 'build')).toEqual([]);
  expect(signed(left)).toEqual(['proposal 0 A -1']);
  core.propose(0, A);
  expect(signed(replayed(core, 0))).toEqual(['prevote 0 A']);
});

test('an own message that did not come back, until it does', () => {
  const core = coreUnderTest({ self: 3 });
  core.timeout('propose', 0);
  expect(signed(replayed(core, 3))).toEqual(['prevote 0 nil']);
  core.give({ type: 'vote', vote: voteBy(3, 'prevote', 0, undefined) });
  expect(signed(replayed(core, 3))).toEqual([]);
});

test('the timers of later steps, and only where they run', () => {
  const core = coreUnderTest({ self: 3 });
  core.timeout('propose', 0);
  core.prevote(0, undefined, 0, 3);
  core.prevote(0, A, 1);
  expect(timers(replayed(core, 3))).toEqual(['prevote 0']);
  core.timeout('prevote', 0);
  core.precommit(0, undefined, 0, 1);
  core.precommit(0, A, 2);
  expect(timers(replayed(core, 3))).toEqual(['precommit 0']);
  core.precommit(0, undefined, 3);
  expect(timers(replayed(core, 3))).toEqual(['precommit 0!']);
  core.timeout('precommit', 0);
  expect(timers(replayed(core, 3))).toEqual(['propose 1']);
});

test('a decision whose block was not stored', () => {
  const core = coreUnderTest({ self: 3 });
  core.propose(0, A);
  core.answer(A, 'valid');
  const [live] = effectsOf(core.precommit(0, A, 0, 1, 2), 'commitBlock');
  expect(effectsOf(replayed(core, 3), 'commitBlock')).toEqual([live]);
});

test('nothing after a halt', () => {
  const core = coreUnderTest({ self: 3 });
  core.propose(0, A);
  core.answer(A, 'invalid');
  core.precommit(0, A, 0, 1, 2);
  expect(replayed(core, 3).effects.map(({ type }) => type)).toEqual(['newStep']);
});
