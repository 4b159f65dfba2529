import {
  concatBytes,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  HeddleError,
  type Proposal,
  type Vote,
} from '@heddle/primitives';
import { createRandom, seedFromEnvironment } from '@heddle/testkit';
import { describe, expect, it } from 'vitest';
import {
  decodeOutline,
  decodePeerMessage,
  encodeOutline,
  encodePeerMessage,
  type PeerMessage,
  type RoundBits,
} from '../../src/consensus/messages.ts';
import {
  decodeDecided,
  decodePieceRequest,
  decodeRangeAnswer,
  decodeRangeRequest,
  decodeRaws,
  encodePieceRequest,
  encodeRangeAnswer,
  encodeRangeRequest,
  encodeRaws,
  MAX_ANSWER_BYTES,
  MAX_ASKED_PLACES,
  MAX_RANGE_BLOCKS,
} from '../../src/consensus/requests.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { fakeSpec } from './fake-chain.ts';

const ID: Hash = `0x${'12'.repeat(32)}`;
const { header } = genesisBlock(fakeSpec(1, 1_800_000_000).spec, EMPTY_TRIE_ROOT);
const signed = { validator: `0x${'34'.repeat(20)}`, signature: new Uint8Array(65).fill(7) } as const;
const vote: Vote = { kind: 'precommit', height: 9, round: 3, blockId: undefined, ...signed };
const proposal: Proposal = { height: 9, round: 3, polRound: 1, blockId: ID, ...signed };
const bits: RoundBits = {
  round: 3,
  hasProposal: true,
  hasMajority: { prevote: true, precommit: false },
  prevotes: Uint8Array.of(5),
  precommits: Uint8Array.of(0),
};
const ROUNDS: readonly RoundBits[] = [
  bits,
  { ...bits, round: 4, hasProposal: false, hasMajority: { prevote: false, precommit: true } },
];

const MESSAGES: readonly PeerMessage[] = [
  { type: 'vote', vote },
  { type: 'vote', vote: { ...vote, kind: 'prevote', blockId: ID } },
  { type: 'proposal', proposal, outline: undefined },
  { type: 'proposal', proposal: { ...proposal, polRound: -1 }, outline: { header, transactionHashes: undefined } },
  { type: 'proposal', proposal, outline: { header, transactionHashes: [] } },
  { type: 'proposal', proposal, outline: { header, transactionHashes: [ID, EMPTY_TRIE_ROOT] } },
  { type: 'status', status: { height: 1, round: -1, role: 'follow', rounds: [], previous: undefined } },
  {
    type: 'status',
    status: { height: 9, round: 3, role: 'vote', rounds: ROUNDS, previous: { round: 0, precommits: Uint8Array.of(7) } },
  },
];

describe('messages of the consensus stream', () => {
  it.each(MESSAGES)('come back as they were: $type', (message) => {
    expect(decodePeerMessage(encodePeerMessage(message))).toEqual(message);
  });

  it('of any other bytes are refused with an error of their own', () => {
    const random = createRandom(seedFromEnvironment('messages'));
    for (let round = 0; round < 3_000; round++) {
      const bytes = Uint8Array.from(encodePeerMessage(random.pick(MESSAGES)));
      for (let hits = random.int(1, 4); hits > 0; hits--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      try {
        decodePeerMessage(bytes.subarray(0, random.int(0, bytes.length)));
      } catch (error) {
        expect(error).toBeInstanceOf(HeddleError);
      }
    }
    expect(() => decodePeerMessage(new Uint8Array(0))).toThrowError(/tag/);
    expect(() => decodePeerMessage(Uint8Array.of(99))).toThrowError(/tag 99/);
  });

  it('list no more rounds than a status may', () => {
    const rounds = Array.from({ length: 17 }, (_, round) => ({ ...bits, round }));
    const status = { height: 9, round: 3, role: 'vote', rounds, previous: undefined } as const;
    expect(() => decodePeerMessage(encodePeerMessage({ type: 'status', status }))).toThrowError(/17 rounds/);
  });

  it('carry hashes whole', () => {
    const outline = { header, transactionHashes: [ID] };
    expect(decodeOutline(encodeOutline(outline))).toEqual(outline);
    expect(() => decodeOutline(encodeOutline({ header, transactionHashes: ['0x1234'] }))).toThrowError(/cut/);
  });
});

describe('requests', () => {
  it('come back as they were, with our limits', () => {
    const range = { from: 7, maxCount: 64, maxBytes: 1_000 };
    expect(decodeRangeRequest(encodeRangeRequest(range))).toEqual(range);
    const greedy = { from: 7, maxCount: 1e9, maxBytes: 1e12 };
    const lowered = { from: 7, maxCount: MAX_RANGE_BLOCKS, maxBytes: MAX_ANSWER_BYTES };
    expect(decodeRangeRequest(encodeRangeRequest(greedy))).toEqual(lowered);
    const outline = { type: 'outline', blockId: ID } as const;
    expect(decodePieceRequest(encodePieceRequest(outline))).toEqual(outline);
    const pieces = { type: 'transactions', blockId: ID, places: [0, 5, 300] } as const;
    expect(decodePieceRequest(encodePieceRequest(pieces))).toEqual(pieces);
  });

  it('longer than any of their type are refused unread', () => {
    const bits = new Uint8Array(9_000);
    const hasMajority = { prevote: false, precommit: true };
    const rounds = [{ round: 0, hasProposal: false, hasMajority, prevotes: bits, precommits: bits }];
    const status = { height: 1, round: 0, role: 'vote', rounds, previous: undefined } as const;
    expect(() => decodePeerMessage(encodePeerMessage({ type: 'status', status }))).toThrowError(/1024 at most/);
    const vote = {
      ...signed,
      kind: 'prevote',
      height: 1,
      round: 0,
      blockId: ID,
      signature: new Uint8Array(200),
    } as const;
    expect(() => decodePeerMessage(encodePeerMessage({ type: 'vote', vote }))).toThrowError(/256 at most/);
  });

  it('and answers above their limits are refused', () => {
    const places = Array.from({ length: MAX_ASKED_PLACES + 1 }, (_, place) => place);
    const many = encodePieceRequest({ type: 'transactions', blockId: ID, places });
    expect(() => decodePieceRequest(many)).toThrowError(/places/);
    const decided = { block: Uint8Array.of(1), certificate: Uint8Array.of(2) };
    const range = { from: 1, maxCount: 4, maxBytes: 1 };
    expect(decodeRangeAnswer(encodeRangeAnswer(range, [decided]))).toEqual({ type: 'blocks', blocks: [decided] });
    const tooMany = encodeRangeAnswer(range, new Array(MAX_RANGE_BLOCKS + 1).fill(decided));
    expect(() => decodeRangeAnswer(tooMany)).toThrowError(/129 blocks/);
    expect(decodeRaws(encodeRaws([Uint8Array.of(2, 3)]))).toEqual([Uint8Array.of(2, 3)]);
    expect(() => decodeRaws(encodeRangeAnswer(range, [decided]))).toThrowError(/byte string/);
  });

  it('and a block larger than an answer comes in pieces', () => {
    const decided = { block: new Uint8Array(2 * MAX_ANSWER_BYTES + 77).fill(5), certificate: Uint8Array.of(2) };
    const pieces: Uint8Array[] = [];
    for (let offset: number | undefined; offset === undefined || pieces.length < 3; ) {
      const request = decodeRangeRequest(encodeRangeRequest({ from: 7, maxCount: 4, maxBytes: 9, offset }));
      expect(request).toEqual({ from: 7, maxCount: 4, maxBytes: 9, offset });
      const answer = decodeRangeAnswer(encodeRangeAnswer(request, [decided, decided]));
      if (answer.type !== 'piece') throw new Error('not in pieces');
      expect(answer.bytes.length).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
      pieces.push(answer.bytes);
      offset = pieces.reduce((sum, { length }) => sum + length, 0);
      if (pieces.length === 3) expect(offset).toBe(answer.totalBytes);
    }
    const { block, certificate } = decodeDecided(concatBytes(...pieces));
    expect([Buffer.compare(block, decided.block), certificate]).toEqual([0, decided.certificate]);
    const tooLarge = encodeRlp([Uint8Array.of(1, 0, 0, 0), Uint8Array.of(1)]);
    expect(() => decodeRangeAnswer(tooLarge)).toThrowError(/16777216 bytes/);
  });
});
