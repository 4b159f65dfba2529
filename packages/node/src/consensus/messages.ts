import {
  bytesToHex,
  concatBytes,
  decodeHeader,
  decodeProposal,
  decodeRlp,
  decodeVote,
  encodeHeader,
  encodeProposal,
  encodeRlp,
  encodeVote,
  type Hash,
  type Header,
  hexToBytes,
  numberToBytes,
  type Proposal,
  type RlpItem,
  readFields,
  type Vote,
  type VoteKind,
} from '@heddle/primitives';
import { peerMessageMalformed } from './driver-errors.ts';

// The consensus stream: one tag byte, then RLP. Votes and proposals are signed, a status is only what its sender says.

/** What a node knows of one round. */
export interface RoundBits {
  readonly round: number;
  readonly hasProposal: boolean;
  /**
   * Over two thirds of these votes that it holds are for one block. Bits do not say so: behind the bit of an equivocator
   * may be another vote than the one that completes a majority (CometBFT tells it by its VoteSetMaj23).
   */
  readonly hasMajority: Readonly<Record<VoteKind, boolean>>;
  /** Whose votes it holds: validator i of the set is bit i % 8 of byte i / 8. */
  readonly prevotes: Uint8Array;
  readonly precommits: Uint8Array;
}

/** Where a node stands. Sent on every change and repeated, so that nothing lost stays lost. */
export interface Status {
  /** The height being decided: one above its head. */
  readonly height: number;
  /** -1 before the first round. */
  readonly round: number;
  /** follow: it takes no part in votes (a full node, or one that is catching up). */
  readonly role: 'vote' | 'follow';
  readonly rounds: readonly RoundBits[];
  /** The precommits of the block before that it holds, of the round in which it was decided. */
  readonly previous: { readonly round: number; readonly precommits: Uint8Array } | undefined;
}

/** A block by its hashes: what travels beside a proposal. */
export interface BlockOutline {
  readonly header: Header;
  /** Undefined: too many to travel unasked, to be requested. */
  readonly transactionHashes: readonly Hash[] | undefined;
}

/** A message of the consensus stream. */
export type PeerMessage =
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'proposal'; readonly proposal: Proposal; readonly outline: BlockOutline | undefined };

const TAG = { status: 1, vote: 2, proposal: 3 } as const;
const HASH_BYTES = 32;
/** A proposal's limit is that of the stream. */
const MAX_BYTES = { [TAG.status]: 1_024, [TAG.vote]: 256 } as const;

/** Rounds in one status at most. */
export const MAX_STATUS_ROUNDS = 16;
/** Hashes that travel beside a proposal at most (160 KiB): more are fetched. */
export const MAX_PUSHED_HASHES = 5_120;

/** Whether `bytes` are a vote or a proposal by their first byte: what somebody signed. */
export function isSigned(bytes: Uint8Array): boolean {
  return bytes[0] === TAG.vote || bytes[0] === TAG.proposal;
}

/** The wire form of `message`. */
export function encodePeerMessage(message: PeerMessage): Uint8Array {
  const tag = Uint8Array.of(TAG[message.type]);
  switch (message.type) {
    case 'status':
      return concatBytes(tag, encodeStatus(message.status));
    case 'vote':
      return concatBytes(tag, encodeVote(message.vote));
    case 'proposal': {
      const { proposal, outline } = message;
      return concatBytes(tag, encodeRlp([encodeProposal(proposal), ...(outline ? outlineFields(outline) : [])]));
    }
  }
}

/**
 * The message that `bytes` encodes, signatures unchecked.
 *
 * @throws HeddleError `CONSENSUS_MESSAGE_MALFORMED`, `RLP_MALFORMED`, `RLP_FIELD`, `VOTE_MALFORMED`
 */
export function decodePeerMessage(bytes: Uint8Array): PeerMessage {
  const limitBytes = MAX_BYTES[bytes[0] as keyof typeof MAX_BYTES] ?? Number.POSITIVE_INFINITY;
  if (bytes.length > limitBytes) throw peerMessageMalformed(`${bytes.length} bytes, ${limitBytes} at most`);
  const body = bytes.subarray(1);
  switch (bytes[0]) {
    case TAG.status:
      return { type: 'status', status: decodeStatus(body) };
    case TAG.vote:
      return { type: 'vote', vote: decodeVote(body) };
    case TAG.proposal: {
      const fields = readFields(decodeRlp(body), 'proposal message');
      const proposal = decodeProposal(fields.bytes('proposal'));
      const outline = fields.remaining() === 0 ? undefined : readOutline(fields);
      fields.end();
      return { type: 'proposal', proposal, outline };
    }
    default:
      throw peerMessageMalformed(`tag ${bytes[0]} does not exist`);
  }
}

/** An outline's own form, for answers. */
export function encodeOutline(outline: BlockOutline): Uint8Array {
  return encodeRlp(outlineFields(outline));
}

/** @throws HeddleError as {@link decodePeerMessage} */
export function decodeOutline(bytes: Uint8Array): BlockOutline {
  const fields = readFields(decodeRlp(bytes), 'block outline');
  const outline = readOutline(fields);
  fields.end();
  return outline;
}

type Fields = ReturnType<typeof readFields>;

function outlineFields({ header, transactionHashes }: BlockOutline): Uint8Array[] {
  const fields = [encodeHeader(header)];
  if (transactionHashes) fields.push(concatBytes(...transactionHashes.map(hexToBytes)));
  return fields;
}

function readOutline(fields: Fields): BlockOutline {
  const header = decodeHeader(fields.bytes('header'));
  if (fields.remaining() === 0) return { header, transactionHashes: undefined };
  const joined = fields.bytes('transactionHashes');
  if (joined.length % HASH_BYTES !== 0) throw peerMessageMalformed('the hashes are cut');
  const transactionHashes = Array.from({ length: joined.length / HASH_BYTES }, (_, index) =>
    bytesToHex(joined.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)),
  );
  return { header, transactionHashes };
}

function encodeStatus({ height, round, role, rounds, previous }: Status): Uint8Array {
  return encodeRlp([
    numberToBytes(height),
    numberToBytes(round + 1),
    numberToBytes(role === 'vote' ? 1 : 0),
    rounds.map((of) => [numberToBytes(of.round), numberToBytes(holdingsOf(of)), of.prevotes, of.precommits]),
    previous ? [numberToBytes(previous.round), previous.precommits] : [],
  ]);
}

function decodeStatus(bytes: Uint8Array): Status {
  const fields = readFields(decodeRlp(bytes), 'status');
  const height = fields.number('height');
  const round = fields.number('round') - 1;
  const role = readFlag(fields, 'role') ? 'vote' : 'follow';
  const rounds = fields.list('rounds');
  if (rounds.length > MAX_STATUS_ROUNDS) throw peerMessageMalformed(`a status lists ${rounds.length} rounds`);
  const previous = fields.list('previous');
  fields.end();
  return {
    height,
    round,
    role,
    rounds: rounds.map(readRound),
    previous: previous.length === 0 ? undefined : readPrevious(previous),
  };
}

/** One bit each: the proposal, a majority of prevotes, a majority of precommits. */
function holdingsOf({ hasProposal, hasMajority }: RoundBits): number {
  return (hasProposal ? 1 : 0) | (hasMajority.prevote ? 2 : 0) | (hasMajority.precommit ? 4 : 0);
}

function readRound(item: RlpItem): RoundBits {
  const fields = readFields(item, 'round of a status');
  const round = fields.number('round');
  const holdings = fields.number('holdings');
  if (holdings > 7) throw peerMessageMalformed(`holdings are ${holdings}`);
  const bits: RoundBits = {
    round,
    hasProposal: (holdings & 1) !== 0,
    hasMajority: { prevote: (holdings & 2) !== 0, precommit: (holdings & 4) !== 0 },
    prevotes: fields.bytes('prevotes'),
    precommits: fields.bytes('precommits'),
  };
  fields.end();
  return bits;
}

function readPrevious(item: RlpItem[]): Status['previous'] {
  const fields = readFields(item, 'previous height of a status');
  const previous = { round: fields.number('round'), precommits: fields.bytes('precommits') };
  fields.end();
  return previous;
}

function readFlag(fields: Fields, field: string): boolean {
  const value = fields.number(field);
  if (value > 1) throw peerMessageMalformed(`${field} is ${value}`);
  return value === 1;
}
