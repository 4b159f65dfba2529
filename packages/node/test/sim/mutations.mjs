// Errors planted in copies of the sources while the simulator is bundled, to prove that it would find them. Each edit is
// a text that stands exactly once in its file, and what stands in its place.

const CORE = 'packages/consensus/src';
const DRIVER = 'packages/node/src/consensus';

/** One text that is replaced. */
const edit = (file, find, replace) => ({ file, find, replace });

const NO_SIGNER_CHECK = [
  edit(`${DRIVER}/signer.ts`, "if (order < 0) return { type: 'refused', reason: 'regression', last };", ''),
  edit(`${DRIVER}/signer.ts`, 'if (order === 0) {', 'if (order === 0 && equalBytes(digest, last.digest)) {'),
];
const replayWithout = (condition) =>
  edit(
    `${DRIVER}/restart.ts`,
    'for (const bytes of replay.inputs) state = applyInput(state, decodeInput(bytes)).state;',
    `for (const bytes of replay.inputs) {
      const logged = decodeInput(bytes);
      const sender = logged.type === 'vote' ? logged.vote.validator : logged.proposal?.validator;
      if (!(${condition})) state = applyInput(state, logged).state;
    }`,
  );

/** Each with its name and edits. */
export const MUTATIONS = [
  {
    name: 'unlock on nil',
    edits: [
      edit(
        `${CORE}/round-machine.ts`,
        "return state.step === 'prevote' ? precommitNil(state, ['L44']) : undefined;",
        "return state.step === 'prevote' ? precommitNil({ ...state, lockedValue: undefined, lockedRound: -1 }, ['L44']) : undefined;",
      ),
    ],
  },
  {
    name: 'quorum of 2f',
    edits: [
      edit(
        `${CORE}/validator-set.ts`,
        'return 3n * power > 2n * set.totalPower;',
        'return 2n * power >= set.totalPower;',
      ),
    ],
  },
  {
    name: 'missing check of line 23',
    edits: [
      edit(
        `${CORE}/round-machine.ts`,
        'const isFree = state.lockedRound === -1 || state.lockedValue === blockId;',
        'const isFree = true;',
      ),
    ],
  },
  {
    name: 'missing check of line 29',
    edits: [
      edit(
        `${CORE}/round-machine.ts`,
        'const isFree = state.lockedRound <= polRound || state.lockedValue === blockId;',
        'const isFree = true;',
      ),
    ],
  },
  {
    name: 'line 28 without its prevotes',
    edits: [
      edit(
        `${CORE}/rules.ts`,
        'if (!isQuorum(validators, powerFor(prevotes, proposal.blockId))) return false;',
        'void isQuorum(validators, powerFor(prevotes, proposal.blockId));',
      ),
    ],
  },
  {
    name: 'valid value not kept (lines 42 and 43)',
    edits: [
      edit(
        `${CORE}/round-machine.ts`,
        'const valid: RoundState = { ...state, validValue: blockId, validRound: state.round };',
        'const valid: RoundState = { ...state };',
      ),
    ],
  },
  {
    name: 'round skip on f+1 left out',
    edits: [
      edit(
        `${CORE}/rules.ts`,
        'if (highest === rounds.round) return false;',
        'if (highest >= rounds.round) return false;',
      ),
    ],
  },
  { name: 'no log sync', edits: [edit(`${DRIVER}/wal.ts`, 'await this.#file.datasync();', '')] },
  {
    name: 'no log sync before a signature',
    edits: [edit(`${DRIVER}/own-messages.ts`, 'await wal.sync();\n    const answer', 'const answer')],
  },
  {
    name: 'a signature before the log sync',
    edits: [
      edit(`${DRIVER}/own-messages.ts`, 'await wal.sync();', ''),
      edit(
        `${DRIVER}/own-messages.ts`,
        'const answer = await signer.sign(message);',
        'const answer = await signer.sign(message);\n    await wal.sync();',
      ),
    ],
  },
  {
    name: 'precommit before the block is on disk',
    edits: [
      edit(
        `${DRIVER}/height-effects.ts`,
        'voter?.wal.appendBlock(height, block.blockId, encodeWholeBlock(block));',
        '',
      ),
    ],
  },
  {
    name: 'replay that proposes another block',
    edits: [replayWithout("logged.type === 'blockBuilt' || (logged.type === 'proposal' && sender === signer.address)")],
  },
  {
    name: 'own votes not replayed, and a signer without checks',
    edits: [
      replayWithout("(logged.type === 'vote' && sender === signer.address) || logged.type === 'timeout'"),
      ...NO_SIGNER_CHECK,
    ],
  },
  { name: "the signer's state not synced", edits: [edit(`${DRIVER}/signer-state.ts`, 'await file.datasync();', '')] },
  {
    name: 'the end of a height logged before its batch',
    edits: [
      edit(
        `${DRIVER}/decision-writer.ts`,
        'const outcomes = await Promise.allSettled(',
        'await endLog(of, head.info.number + decisions.length);\n  const outcomes = await Promise.allSettled(',
      ),
    ],
  },
  {
    name: 'timeouts that do not grow',
    edits: [
      edit(`${DRIVER}/timeouts.ts`, 'return baseMs + growthMs * round;', 'return baseMs;'),
      edit(`${DRIVER}/timeouts.ts`, 'this.#scale * this.#plainMs(kind, round)', 'this.#plainMs(kind, round)'),
    ],
  },
  {
    name: 'no retransmission',
    edits: [
      edit(
        `${DRIVER}/peer-gossip.ts`,
        'supply(peer: PeerState): void {',
        'supply(peer: PeerState): void {\n    if (peer) return;',
      ),
    ],
  },
  {
    name: 'certificates of peers not checked',
    edits: [
      edit(
        `${DRIVER}/block-prover.ts`,
        'isAuthentic: this.#ports.authenticity.isVoteAuthentic',
        'isAuthentic: () => true',
      ),
    ],
  },
  {
    name: 'signatures of votes not checked',
    edits: [
      edit(`${DRIVER}/message-intake.ts`, 'if (!this.#view.authenticity.isVoteAuthentic(vote)) return false;', ''),
    ],
  },
];
