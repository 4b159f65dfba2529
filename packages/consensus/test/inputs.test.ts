import { bytesToHex, encodeRlp, hexToBytes } from '@heddle/primitives';
import { expect, test } from 'vitest';
import { decodeInput, encodeInput, heightOfInput, type LoggedInput } from '../src/inputs.ts';
import { A, addressOf, voteBy } from './core-under-test.ts';

const PROPOSAL = {
  height: 9,
  round: 3,
  polRound: -1,
  blockId: A,
  validator: addressOf(0),
  signature: new Uint8Array(65).fill(7),
};
const INPUTS: readonly LoggedInput[] = [
  { type: 'start', height: 9 },
  { type: 'proposal', proposal: PROPOSAL, timely: true },
  { type: 'proposal', proposal: { ...PROPOSAL, polRound: 2 }, timely: false },
  { type: 'vote', vote: voteBy(1, 'prevote', 3, A, 9) },
  { type: 'vote', vote: voteBy(1, 'precommit', 3, undefined, 9) },
  { type: 'blockValidity', height: 9, blockId: A, verdict: 'valid' },
  { type: 'blockValidity', height: 9, blockId: A, verdict: 'invalid' },
  { type: 'blockBuilt', height: 9, round: 3, blockId: A },
  ...(['propose', 'prevote', 'precommit'] as const).map((kind): LoggedInput => {
    return { type: 'timeout', timeout: { kind, height: 9, round: 3 } };
  }),
];

test('every input is read back from the log as it was written', () => {
  for (const input of INPUTS) {
    expect(decodeInput(encodeInput(input))).toEqual(input);
    expect(heightOfInput(input)).toBe(9);
  }
});

test.each([
  ['an unknown type', encodeRlp([Uint8Array.of(9)]), 'CONSENSUS_INPUT_MALFORMED'],
  [
    'an unknown timer',
    encodeRlp([Uint8Array.of(6), Uint8Array.of(3), Uint8Array.of(1), Uint8Array.of(1)]),
    'CONSENSUS_INPUT_MALFORMED',
  ],
  [
    'a flag that is none',
    encodeRlp([Uint8Array.of(4), Uint8Array.of(1), hexToBytes(A), Uint8Array.of(2)]),
    'CONSENSUS_INPUT_MALFORMED',
  ],
  ['too few fields', encodeRlp([Uint8Array.of(1)]), 'RLP_FIELD'],
  ['too many fields', encodeRlp([Uint8Array.of(1), Uint8Array.of(1), Uint8Array.of(1)]), 'RLP_FIELD'],
  ['no list', Uint8Array.of(1), 'RLP_FIELD'],
])('a record with %s is refused', (_, bytes, code) => {
  expect(() => decodeInput(bytes), bytesToHex(bytes)).toThrow(expect.objectContaining({ code }));
});
