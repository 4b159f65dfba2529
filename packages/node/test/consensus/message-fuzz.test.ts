import { bigIntToBytes, EMPTY_TRIE_ROOT, encodeRlp, type Hash, HeddleError } from '@heddle/primitives';
import { createRandom, type DecoderUnderFuzz, fuzzDecoder, seedFromEnvironment } from '@heddle/testkit';
import { expect, it } from 'vitest';
import {
  decodeOutline,
  decodePeerMessage,
  encodeOutline,
  encodePeerMessage,
  type PeerMessage,
} from '../../src/consensus/messages.ts';
import {
  decodeDecided,
  decodePieceRequest,
  decodeRangeAnswer,
  decodeRangeRequest,
  decodeRaws,
  encodePieceRequest,
  encodeRangeRequest,
  encodeRaws,
  MAX_ANSWER_BYTES,
  MAX_RANGE_BLOCKS,
  type RangeAnswer,
} from '../../src/consensus/requests.ts';
import { genesisBlock } from '../../src/genesis/genesis-block.ts';
import { decodePage, decodePageRequest, encodePage, encodePageRequest } from '../../src/pool/pool-page.ts';
import { fakeSpec } from './fake-chain.ts';

const CASES = 4_000;
const ID: Hash = `0x${'12'.repeat(32)}`;
const { header } = genesisBlock(fakeSpec(1, 1_800_000_000).spec, EMPTY_TRIE_ROOT);
const signed = { validator: `0x${'34'.repeat(20)}`, signature: new Uint8Array(65).fill(7) } as const;
const rounds = [0, 1, 7].map((round) => {
  const hasMajority = { prevote: round === 0, precommit: round === 7 };
  return { round, hasProposal: round === 1, hasMajority, prevotes: Uint8Array.of(5), precommits: Uint8Array.of(0, 9) };
});
const proposal = { height: 9, round: 3, polRound: 1, blockId: ID, ...signed } as const;
const MESSAGES: readonly PeerMessage[] = [
  { type: 'vote', vote: { kind: 'precommit', height: 300, round: 3, blockId: undefined, ...signed } },
  { type: 'vote', vote: { kind: 'prevote', height: 9, round: 0, blockId: ID, ...signed } },
  { type: 'proposal', proposal, outline: undefined },
  { type: 'proposal', proposal, outline: { header, transactionHashes: undefined } },
  { type: 'proposal', proposal, outline: { header, transactionHashes: [ID, EMPTY_TRIE_ROOT] } },
  { type: 'status', status: { height: 1, round: -1, role: 'follow', rounds: [], previous: undefined } },
  {
    type: 'status',
    status: { height: 900, round: 7, role: 'vote', rounds, previous: { round: 0, precommits: Uint8Array.of(7) } },
  },
];
const DECIDED = [Uint8Array.of(0xc1, 0x80), new Uint8Array(300).fill(3)];

/** Requests whose limits ours lowered say something else when they are encoded again. */
function rangeRequestAgain(request: ReturnType<typeof decodeRangeRequest>): Uint8Array | undefined {
  const isLowered = request.maxCount >= MAX_RANGE_BLOCKS || request.maxBytes >= MAX_ANSWER_BYTES;
  return isLowered ? undefined : encodeRangeRequest(request);
}

function rangeAnswerAgain(answer: RangeAnswer): Uint8Array {
  return answer.type === 'piece'
    ? encodeRlp([bigIntToBytes(BigInt(answer.totalBytes)), answer.bytes])
    : encodeRlp(answer.blocks.map(({ block, certificate }) => [block, certificate]));
}

/** For decoders that say "malformed" with undefined. */
function orThrow<T>(value: T | undefined): T {
  if (value === undefined) throw new HeddleError('MALFORMED', 'said to be malformed');
  return value;
}

function decoder<T>(one: DecoderUnderFuzz<T>): readonly [string, DecoderUnderFuzz<unknown>] {
  return [one.name, one as DecoderUnderFuzz<unknown>];
}

it.each([
  decoder({
    name: 'consensus message',
    samples: MESSAGES.map(encodePeerMessage),
    decode: decodePeerMessage,
    encode: encodePeerMessage,
  }),
  decoder({
    name: 'outline',
    samples: [undefined, [], [ID, ID]].map((transactionHashes) => encodeOutline({ header, transactionHashes })),
    decode: decodeOutline,
    encode: encodeOutline,
  }),
  decoder({
    name: 'blocks request',
    samples: [undefined, 77].map((offset) => encodeRangeRequest({ from: 500, maxCount: 9, maxBytes: 1_000, offset })),
    decode: decodeRangeRequest,
    encode: rangeRequestAgain,
  }),
  decoder({
    name: 'blocks answer',
    samples: [encodeRlp([DECIDED, DECIDED]), encodeRlp([]), encodeRlp([Uint8Array.of(4, 0), new Uint8Array(90)])],
    decode: decodeRangeAnswer,
    encode: rangeAnswerAgain,
  }),
  decoder({
    name: 'decided block',
    samples: [encodeRlp(DECIDED)],
    decode: decodeDecided,
    encode: ({ block, certificate }) => encodeRlp([block, certificate]),
  }),
  decoder({
    name: 'transactions request',
    samples: [
      encodePieceRequest({ type: 'outline', blockId: ID }),
      encodePieceRequest({ type: 'transactions', blockId: ID, places: [0, 1, 500] }),
    ],
    decode: decodePieceRequest,
    encode: encodePieceRequest,
  }),
  decoder({
    name: 'transactions answer',
    samples: [encodeRaws([]), encodeRaws(DECIDED)],
    decode: decodeRaws,
    encode: encodeRaws,
  }),
  decoder({
    name: 'pool request',
    samples: [encodePageRequest(0), encodePageRequest(70_000)],
    decode: (bytes) => orThrow(decodePageRequest(bytes)),
    encode: encodePageRequest,
  }),
  decoder({
    name: 'page of the pool',
    samples: [encodePage({ raws: [], next: undefined }), encodePage({ raws: DECIDED, next: 300 })],
    decode: (bytes) => orThrow(decodePage(bytes)),
    encode: encodePage,
  }),
])('any bytes of a %s are refused with an error of ours, or are the encoding of what they say', (name, one) => {
  const random = createRandom(`${seedFromEnvironment(`fuzz of the ${name}`)} ${name}`);
  const { taken, refused } = fuzzDecoder(one, random, CASES);
  expect(taken).toBeGreaterThanOrEqual(one.samples.length);
  expect(refused).toBeGreaterThan(CASES / 10);
});

it('a vote or a status that is larger than any can be is refused before it is read', () => {
  for (const [tag, size] of [
    [1, 1_025],
    [2, 257],
  ] as const) {
    const bytes = new Uint8Array(size).fill(1);
    bytes[0] = tag;
    expect(() => decodePeerMessage(bytes)).toThrow(`${size} bytes, ${size - 1} at most`);
  }
});
