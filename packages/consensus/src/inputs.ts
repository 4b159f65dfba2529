import {
  type Address,
  type CommitCertificate,
  decodeProposal,
  decodeRlp,
  decodeVote,
  encodeProposal,
  encodeRlp,
  encodeVote,
  type Hash,
  hexToBytes,
  numberToBytes,
  type Proposal,
  readFields,
  type Vote,
} from '@heddle/primitives';
import { consensusInputMalformed } from './errors.ts';
import type { ValidatorSet } from './validator-set.ts';

/** The three timers of a round, one per step. */
export type TimeoutKind = 'propose' | 'prevote' | 'precommit';

/** A timer of one round: what the core asks for, and what comes back when it has run out. */
export interface Timeout {
  readonly kind: TimeoutKind;
  readonly height: number;
  readonly round: number;
}

/**
 * Moves the core to `height`: the store's head is `height` - 1. Rules do not run before {@link StartInput}, except that
 * votes alone may start a round (rule 55) or decide (rule 49). Never logged: it follows from the store.
 */
export interface HeightInput {
  readonly type: 'height';
  /** Above the core's height. */
  readonly height: number;
  /** The set in force at `height`, its priorities those of (`height`, round 0). */
  readonly validators: ValidatorSet;
  /** The own consensus address; undefined for a node without a key. One outside the set only follows. */
  readonly self: Address | undefined;
  /**
   * What the block before was decided with, and the set that decided it. Needed after a restart and after a sync, so
   * that late precommits still complete that certificate; otherwise the core's own decision is kept.
   */
  readonly previous?: { readonly certificate: CommitCertificate; readonly validators: ValidatorSet };
}

/** L10: begin round 0 of `height`. The driver decides when (pacing). Ignored when a round has begun. */
export interface StartInput {
  readonly type: 'start';
  readonly height: number;
}

/** A proposal whose signature was checked against the validator it names, a peer's or the own one after signing. */
export interface ProposalInput {
  readonly type: 'proposal';
  readonly proposal: Proposal;
  /** The driver's judgement of the header's time at arrival. Own proposals and re-proposals: true. */
  readonly timely: boolean;
}

/** A vote whose signature was checked against the validator it names, a peer's or the own one after signing. */
export interface VoteInput {
  readonly type: 'vote';
  readonly vote: Vote;
}

/** The answer to `validate` or `needBlock`, at any later time: valid(v) of the paper. */
export interface BlockValidityInput {
  readonly type: 'blockValidity';
  readonly height: number;
  readonly blockId: Hash;
  readonly verdict: 'valid' | 'invalid';
}

/** The answer to `build`: getValue() of the paper. The block is the node's own work and counts as valid. */
export interface BlockBuiltInput {
  readonly type: 'blockBuilt';
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
}

/** A timer that ran out. Late ones (old round, other step) are ignored by the rules. */
export interface TimeoutInput {
  readonly type: 'timeout';
  readonly timeout: Timeout;
}

/** What the write-ahead log records, in the order in which the core was given it. */
export type LoggedInput = StartInput | ProposalInput | VoteInput | BlockValidityInput | BlockBuiltInput | TimeoutInput;

/** Everything the core is told. */
export type Input = HeightInput | LoggedInput;

const TYPE = { start: 1, proposal: 2, vote: 3, blockValidity: 4, blockBuilt: 5, timeout: 6 } as const;
const TIMEOUT_KINDS: readonly TimeoutKind[] = ['propose', 'prevote', 'precommit'];

/** The height that `input` belongs to. */
export function heightOfInput(input: Input): number {
  if (input.type === 'vote') return input.vote.height;
  if (input.type === 'proposal') return input.proposal.height;
  if (input.type === 'timeout') return input.timeout.height;
  return input.height;
}

/** The log's form of `input`: an RLP list that begins with the type's number. */
export function encodeInput(input: LoggedInput): Uint8Array {
  const type = numberToBytes(TYPE[input.type]);
  switch (input.type) {
    case 'start':
      return encodeRlp([type, numberToBytes(input.height)]);
    case 'proposal':
      return encodeRlp([type, encodeProposal(input.proposal), numberToBytes(input.timely ? 1 : 0)]);
    case 'vote':
      return encodeRlp([type, encodeVote(input.vote)]);
    case 'blockValidity':
      return encodeRlp([
        type,
        numberToBytes(input.height),
        hexToBytes(input.blockId),
        numberToBytes(input.verdict === 'valid' ? 1 : 0),
      ]);
    case 'blockBuilt':
      return encodeRlp([type, numberToBytes(input.height), numberToBytes(input.round), hexToBytes(input.blockId)]);
    case 'timeout': {
      const { kind, height, round } = input.timeout;
      return encodeRlp([type, numberToBytes(TIMEOUT_KINDS.indexOf(kind)), numberToBytes(height), numberToBytes(round)]);
    }
  }
}

/**
 * The input that `bytes` encodes.
 *
 * @throws HeddleError `CONSENSUS_INPUT_MALFORMED`, `RLP_MALFORMED`, `RLP_FIELD`, `VOTE_MALFORMED`
 */
export function decodeInput(bytes: Uint8Array): LoggedInput {
  const fields = readFields(decodeRlp(bytes), 'consensus input');
  const input = readInput(fields.number('type'), fields);
  fields.end();
  return input;
}

function readInput(type: number, fields: ReturnType<typeof readFields>): LoggedInput {
  switch (type) {
    case TYPE.start:
      return { type: 'start', height: fields.number('height') };
    case TYPE.proposal: {
      const proposal = decodeProposal(fields.bytes('proposal'));
      return { type: 'proposal', proposal, timely: flag(fields.number('timely')) };
    }
    case TYPE.vote:
      return { type: 'vote', vote: decodeVote(fields.bytes('vote')) };
    case TYPE.blockValidity: {
      const height = fields.number('height');
      const blockId = fields.hash('blockId');
      return { type: 'blockValidity', height, blockId, verdict: flag(fields.number('verdict')) ? 'valid' : 'invalid' };
    }
    case TYPE.blockBuilt: {
      const height = fields.number('height');
      const round = fields.number('round');
      return { type: 'blockBuilt', height, round, blockId: fields.hash('blockId') };
    }
    case TYPE.timeout: {
      const kind = TIMEOUT_KINDS[fields.number('kind')];
      if (kind === undefined) throw consensusInputMalformed('timeout kind does not exist');
      return { type: 'timeout', timeout: { kind, height: fields.number('height'), round: fields.number('round') } };
    }
    default:
      throw consensusInputMalformed(`type ${type} does not exist`);
  }
}

function flag(value: number): boolean {
  if (value > 1) throw consensusInputMalformed(`flag is ${value}, expected 0 or 1`);
  return value === 1;
}
