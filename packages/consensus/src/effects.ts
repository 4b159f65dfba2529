import type {
  Address,
  CommitCertificate,
  Hash,
  Proposal,
  UnsignedProposal,
  UnsignedVote,
  Vote,
} from '@heddle/primitives';
import type { Timeout } from './inputs.ts';

/** Where a height stands: before its first round, in a step of a round, or decided. */
export type Step = 'newHeight' | 'propose' | 'prevote' | 'precommit' | 'decided';

/** An own message that still lacks its signature. */
export type OwnMessage =
  | { readonly type: 'proposal'; readonly proposal: UnsignedProposal }
  | { readonly type: 'vote'; readonly vote: UnsignedVote };

/**
 * Sign `message`, log it, feed it back as an input, and send it.
 *
 * Before the signature: every input so far is synced to the log, and for a precommit of a block (and for an own
 * proposal) the whole block is synced too. Before it leaves or is fed back: the signed message is synced. A signer that
 * refuses costs nothing but the message.
 */
export interface SignAndBroadcast {
  readonly type: 'signAndBroadcast';
  readonly message: OwnMessage;
}

/**
 * Feed `timeout` back when its time has passed. `immediate`: nothing can come any more that is worth waiting for
 * (more than two thirds precommitted nil), feed it back at once; a patient one of the same round may be dropped.
 */
export interface ScheduleTimeout {
  readonly type: 'scheduleTimeout';
  readonly timeout: Timeout;
  readonly urgency: 'patient' | 'immediate';
}

/** Build a block for this round, keep its bytes, answer with `blockBuilt`. */
export interface Build {
  readonly type: 'build';
  readonly height: number;
  readonly round: number;
}

/** Get and execute the block that a proposal of `round` names, answer with `blockValidity`. At most once per block. */
export interface Validate {
  readonly type: 'validate';
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
}

/**
 * More than two thirds voted in `round` for a block of which no proposal came: fetch it from any peer, then execute it
 * and answer with `blockValidity` as for `validate`. At most once per block.
 */
export interface NeedBlock {
  readonly type: 'needBlock';
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
}

/** The height is decided: store block and certificate, then give the core the next height. */
export interface CommitBlock {
  readonly type: 'commitBlock';
  readonly height: number;
  readonly blockId: Hash;
  readonly certificate: CommitCertificate;
}

/** The round or step changed: tell the peers. */
export interface NewStep {
  readonly type: 'newStep';
  readonly height: number;
  readonly round: number;
  readonly step: Step;
}

/** Two different signed messages of one validator for one (height, round, kind); once for each such triple. */
export interface EvidenceFound {
  readonly type: 'evidence';
  readonly evidence: Evidence;
}

/** Proof that `validator` signed twice. */
export type Evidence =
  | { readonly type: 'votes'; readonly validator: Address; readonly first: Vote; readonly second: Vote }
  | { readonly type: 'proposals'; readonly validator: Address; readonly first: Proposal; readonly second: Proposal };

/** More than two thirds precommitted a block that is invalid here: over a third is faulty, or we are. Stop. */
export interface Halt {
  readonly type: 'halt';
  readonly height: number;
  readonly round: number;
  readonly blockId: Hash;
}

/** Everything the core asks for, to be carried out in order. */
export type Effect =
  | SignAndBroadcast
  | ScheduleTimeout
  | Build
  | Validate
  | NeedBlock
  | CommitBlock
  | NewStep
  | EvidenceFound
  | Halt;
