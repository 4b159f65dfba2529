// Errors planted in copies of the sources while the simulator is bundled, to prove that it would find them. Each is one
// text that stands exactly once in its file, and what stands in its place.

const CORE = 'packages/consensus/src';
const DRIVER = 'packages/node/src/consensus';

/** name, file, find, replace. */
export const MUTATIONS = [
  {
    name: 'unlock on nil',
    file: `${CORE}/round-machine.ts`,
    find: "return state.step === 'prevote' ? precommitNil(state, ['L44']) : undefined;",
    replace:
      "return state.step === 'prevote' ? precommitNil({ ...state, lockedValue: undefined, lockedRound: -1 }, ['L44']) : undefined;",
  },
  {
    name: 'no log sync',
    file: `${DRIVER}/wal.ts`,
    find: 'await this.#file.datasync();',
    replace: '',
  },
];
