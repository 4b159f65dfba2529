import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NetworkRequest, seededRandom } from '@heddle/p2p';
import {
  type Hash,
  type Header,
  hashHeader,
  isProposalAuthentic,
  isVoteAuthentic,
  keccak256Hex,
  signingDomain,
  type Vote,
} from '@heddle/primitives';
import { testAccounts } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Byzantine, turnByzantine } from '../../src/byzantine/byzantine.ts';
import { chainAuthenticity, type SignRequest } from '../../src/consensus/authenticity.ts';
import { decodeOutline, decodePeerMessage, encodeOutline, encodePeerMessage } from '../../src/consensus/messages.ts';
import {
  decodePieceRequest,
  decodeRangeAnswer,
  encodePieceRequest,
  encodeRangeAnswer,
} from '../../src/consensus/requests.ts';
import { extraDataOf, timestampMsOf } from '../../src/execution/child-header.ts';
import type { ByzantineKind } from '../../src/faults/fault-settings.ts';

const [liar, other] = testAccounts(2, 'validator') as [
  { address: `0x${string}`; privateKey: Uint8Array },
  { address: `0x${string}`; privateKey: Uint8Array },
];
const domain = signingDomain({ chainId: 31_337, genesisHash: keccak256Hex(Buffer.from('genesis')), era: 0 });
const authenticity = chainAuthenticity(domain);
const PEERS = ['a', 'b', 'c'];
const BLOCK = keccak256Hex(Buffer.from('a block'));

let sent: { peerId: string; bytes: Uint8Array }[] = [];
let byzantine: Byzantine | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
});

afterEach(() => {
  byzantine?.stop();
  expect(vi.getTimerCount()).toBe(0); // whoever is healed does nothing any more
  vi.useRealTimers();
});

function turn(kind: ByzantineKind): Byzantine {
  byzantine = turnByzantine(kind, {
    network: {
      peers: () => PEERS.map((peerId) => ({ peerId, validator: undefined, height: 0 })),
      sendConsensus: (peerId, bytes) => sent.push({ peerId, bytes }) > 0,
    },
    self: liar.address,
    sign: (message) => signed(message, liar.privateKey),
    random: seededRandom('byzantine'),
  });
  return byzantine;
}

function signed(message: SignRequest, privateKey: Uint8Array): Uint8Array {
  return authenticity.sign(authenticity.digest(message), privateKey);
}

function voteOf(account: typeof liar, fields: Partial<Vote>): Vote {
  const vote = { kind: 'prevote' as const, height: 7, round: 0, blockId: BLOCK as Hash | undefined, ...fields };
  return { ...vote, validator: account.address, signature: signed({ type: 'vote', vote }, account.privateKey) };
}

const voteBytes = (vote: Vote) => encodePeerMessage({ type: 'vote', vote });

const header: Header = {
  parentHash: BLOCK,
  ommersHash: BLOCK,
  beneficiary: liar.address,
  stateRoot: BLOCK,
  transactionsRoot: BLOCK,
  receiptsRoot: BLOCK,
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: 0n,
  number: 7,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  timestamp: 1_700_000_000,
  extraData: extraDataOf(1_700_000_000_999),
  mixHash: BLOCK,
  nonce: '0x0000000000000000',
  baseFeePerGas: 7n,
  withdrawalsRoot: BLOCK,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: BLOCK,
  requestsHash: BLOCK,
};

function proposalBytes(round = 0): Uint8Array {
  const proposal = { height: 7, round, polRound: -1, blockId: hashHeader(header) };
  const signature = signed({ type: 'proposal', proposal }, liar.privateKey);
  return encodePeerMessage({
    type: 'proposal',
    proposal: { ...proposal, validator: liar.address, signature },
    outline: { header, transactionHashes: [BLOCK] },
  });
}

/** What each peer got, decoded. */
function got() {
  return PEERS.map((peer) => sent.filter(({ peerId }) => peerId === peer).map(({ bytes }) => decodePeerMessage(bytes)));
}

const tellAll = (bytes: Uint8Array) => {
  for (const peerId of PEERS) byzantine?.sendConsensus(peerId, bytes);
};

describe('an equivocating validator', () => {
  it('votes for a block with one peer, for nothing with another, and both with a third, authentically', () => {
    turn('equivocate');
    tellAll(voteBytes(voteOf(liar, {})));
    const votes = got().map((messages) => messages.flatMap((one) => (one.type === 'vote' ? [one.vote] : [])));
    expect(votes.map((ofPeer) => ofPeer.map(({ blockId }) => blockId))).toEqual([
      [BLOCK],
      [undefined],
      [BLOCK, undefined],
    ]);
    expect(votes.flat().every((vote) => isVoteAuthentic(domain, vote))).toBe(true);
  });

  it('proposes two blocks that differ in a millisecond, and votes for each where it proposed it', () => {
    turn('equivocate');
    tellAll(proposalBytes());
    const proposals = got().map((messages) => messages.flatMap((one) => (one.type === 'proposal' ? [one] : [])));
    expect(proposals.map(({ length }) => length)).toEqual([1, 1, 2]);
    const contrary = proposals[1]?.[0];
    const otherId = contrary?.proposal.blockId as Hash;
    expect(otherId).not.toBe(hashHeader(header));
    expect(contrary?.outline && hashHeader(contrary.outline.header)).toBe(otherId);
    expect(contrary?.outline?.header.timestamp).toBe(header.timestamp);
    expect(contrary?.outline && timestampMsOf(contrary.outline.header)).toBe(1_700_000_000_998); // not the next second
    expect(proposals.flat().every(({ proposal }) => isProposalAuthentic(domain, proposal))).toBe(true);
    sent = [];
    tellAll(voteBytes(voteOf(liar, { blockId: hashHeader(header) })));
    const [, second] = got();
    expect(second?.map((one) => one.type === 'vote' && one.vote.blockId)).toEqual([otherId]);
  });

  it('gives the pieces of its other block out of the one that it has', async () => {
    const lying = turn('equivocate');
    tellAll(proposalBytes());
    const [, second] = got();
    const otherId = second?.flatMap((one) => (one.type === 'proposal' ? [one.proposal.blockId] : []))[0] as Hash;
    const asked: unknown[] = [];
    const honest = async ({ payload }: NetworkRequest) => {
      const request = decodePieceRequest(payload);
      asked.push(request);
      return request.type === 'outline' ? encodeOutline({ header, transactionHashes: [BLOCK] }) : Uint8Array.of(1);
    };
    const ask = (request: Parameters<typeof encodePieceRequest>[0]) =>
      lying.answer({ kind: 'transactions', payload: encodePieceRequest(request) }, honest);
    const outline = await ask({ type: 'outline', blockId: otherId });
    expect(outline && hashHeader(decodeOutline(outline).header)).toBe(otherId);
    await ask({ type: 'transactions', blockId: otherId, places: [0] });
    await ask({ type: 'transactions', blockId: BLOCK, places: [1] });
    expect(asked).toEqual([
      { type: 'outline', blockId: hashHeader(header) },
      { type: 'transactions', blockId: hashHeader(header), places: [0] },
      { type: 'transactions', blockId: BLOCK, places: [1] },
    ]);
  });

  it('passes on what others signed as it is, and hides its own second signatures from its honest core', () => {
    const lying = turn('equivocate');
    const theirs = voteBytes(voteOf(other, {}));
    tellAll(theirs);
    expect(sent.map(({ bytes }) => bytes)).toEqual([theirs, theirs, theirs]);
    expect(lying.passes(theirs)).toBe(true);
    expect(lying.passes(voteBytes(voteOf(liar, { blockId: undefined })))).toBe(false);
    expect(lying.passes(Uint8Array.of(99))).toBe(true); // for the core to refuse
  });
});

describe('a silent validator', () => {
  it('neither votes nor proposes, and relays', () => {
    turn('silent');
    tellAll(voteBytes(voteOf(liar, {})));
    tellAll(proposalBytes());
    expect(sent).toEqual([]);
    tellAll(voteBytes(voteOf(other, {})));
    expect(sent).toHaveLength(3);
  });
});

describe('a late validator', () => {
  it('sends its own when others have decided', () => {
    turn('late');
    const bytes = voteBytes(voteOf(liar, {}));
    tellAll(bytes);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(sent.map((one) => one.bytes)).toEqual([bytes, bytes, bytes]);
    tellAll(bytes); // still waiting when it is healed
  });
});

describe('a validator without memory', () => {
  it('prevotes what is proposed in each round, whatever its core is locked on', () => {
    const lying = turn('amnesia');
    const proposal = { height: 7, round: 1, polRound: -1, blockId: hashHeader(header) };
    const signature = signed({ type: 'proposal', proposal }, other.privateKey);
    const heard = { ...proposal, validator: other.address, signature };
    lying.passes(encodePeerMessage({ type: 'proposal', proposal: heard, outline: undefined }));
    lying.sendConsensus('a', voteBytes(voteOf(liar, { round: 1, blockId: undefined })));
    lying.sendConsensus('b', voteBytes(voteOf(liar, { round: 0 })));
    lying.sendConsensus('c', voteBytes(voteOf(liar, { round: 1, kind: 'precommit', blockId: undefined })));
    const votes = got().map(([one]) => (one?.type === 'vote' ? one.vote : undefined));
    expect(votes.map((vote) => vote?.blockId)).toEqual([hashHeader(header), BLOCK, undefined]);
    expect(votes[0] && isVoteAuthentic(domain, votes[0])).toBe(true);
  });
});

describe('a validator that sends garbage', () => {
  it('sends bytes that nobody can read to every peer, and goes on voting', async () => {
    const lying = turn('garbage');
    vi.advanceTimersByTime(1_000);
    expect(new Set(sent.map(({ peerId }) => peerId))).toEqual(new Set(PEERS));
    expect(sent.filter(({ bytes }) => isReadable(bytes)).length).toBeLessThan(sent.length / 4);
    const vote = voteBytes(voteOf(liar, {}));
    lying.sendConsensus('a', vote);
    expect(sent.at(-1)?.bytes).toEqual(vote);
    const request = { kind: 'blocks', payload: new Uint8Array(1) } as const;
    expect(await lying.answer(request, async () => Uint8Array.of(1))).not.toEqual(Uint8Array.of(1));
  });
});

describe('a lying server of blocks', () => {
  it('never answers what was decided, and answers other requests', async () => {
    const lying = turn('lie-blocks');
    const block = (number: number) => Uint8Array.from({ length: 600 }, (_, place) => (place + number) % 251);
    const decided = [7, 8].map((number) => ({ block: block(number), certificate: block(100 + number) }));
    const range = { from: 7, maxCount: 2, maxBytes: 10_000, offset: undefined };
    const honest = encodeRangeAnswer(range, decided);
    const answers = [];
    for (let turn = 0; turn < 4; turn++) {
      answers.push(await lying.answer({ kind: 'blocks', payload: new Uint8Array(1) }, async () => honest));
    }
    const [wrong, cut, forged, shifted] = answers.map((answer) => (answer && isRange(answer) ? read(answer) : 'cut'));
    expect(wrong).not.toEqual(decided);
    expect(wrong?.[1]).toEqual(decided[1]);
    expect(cut).toBe('cut');
    expect(forged).toEqual([{ block: decided[0]?.block, certificate: expect.anything() }, decided[1]]);
    expect(forged).not.toEqual(decided);
    expect(shifted).toEqual([decided[1]]);
    const raws = Uint8Array.of(5);
    expect(await lying.answer({ kind: 'transactions', payload: raws }, async () => raws)).toBe(raws);
  });
});

describe('the module that lies', () => {
  it('is loaded by nothing but the layer of faults, and by that on demand', () => {
    const source = join(import.meta.dirname, '../../src');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const importing = files.flatMap((name) => {
      if (name.startsWith('byzantine')) return [];
      const lines = readFileSync(join(source, name), 'utf8').split('\n');
      return lines
        .filter((line) => line.includes('byzantine/') && !line.startsWith('import type'))
        .map((line) => [name, line.trim()]);
    });
    const [[name, line] = [], ...others] = importing.filter((one) => !one[1]?.includes('typeof import('));
    expect([name, others]).toEqual([join('faults', 'node-faults.ts'), []]);
    expect(line).toMatch(/^if \(this\.#settings\.byzantine !== undefined\) .* await import\('/);
  });
});

function isReadable(bytes: Uint8Array): boolean {
  try {
    decodePeerMessage(bytes);
    return true;
  } catch {
    return false;
  }
}

function isRange(answer: Uint8Array): boolean {
  try {
    return decodeRangeAnswer(answer).type === 'blocks';
  } catch {
    return false;
  }
}

function read(answer: Uint8Array) {
  const range = decodeRangeAnswer(answer);
  return range.type === 'blocks' ? range.blocks : [];
}
