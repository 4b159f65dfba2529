import { type ConsensusState, holdsVote, MAX_HEIGHTS_AHEAD } from '@heddle/consensus';
import { type Address, type ChainSpec, HeddleError, hashHeader, type Proposal, type Vote } from '@heddle/primitives';
import { timestampMsOf } from '../execution/child-header.ts';
import type { Authenticity } from './authenticity.ts';
import type { DriverMetrics } from './driver-metrics.ts';
import type { DriverClock, DriverLog } from './driver-ports.ts';
import { elapsedMs } from './elapsed.ts';
import type { KnownBlocks } from './known-blocks.ts';
import { type BlockOutline, decodePeerMessage, type PeerMessage, type Status } from './messages.ts';
import { type PeerState, voteKey } from './peer-state.ts';
import { lateness } from './proposal-time.ts';
import type { SignedPlace } from './signed-place.ts';
import { proposalKey } from './vote-gossip.ts';

/** What passes the checks. */
export interface IntakeOutput {
  status(peer: PeerState, status: Status): void;
  vote(vote: Vote, peer: PeerState): void;
  proposal(proposal: Proposal, timely: boolean, peer: PeerState): void;
  /** The peer sends more than it may. */
  flooding(peer: PeerState): void;
  /** An authentic vote or proposal in our own name that this process does not hold. */
  ownFromOutside(place: SignedPlace): void;
  /** A proposal or vote of a member for this height is here. */
  heard(height: number, validator: Address): void;
  /** The message is held from now on. */
  held(height: number, key: string): void;
}

/** What the checks read. */
export interface IntakeView {
  readonly authenticity: Authenticity;
  readonly spec: ChainSpec;
  readonly clock: DriverClock;
  readonly log: DriverLog;
  readonly metrics: DriverMetrics;
  readonly known: KnownBlocks;
  state(): ConsensusState;
  self(): Address | undefined;
  /** Votes are of use: this node has a key and is not catching up. */
  isVoting(): boolean;
  /** Nothing can be taken in at present. */
  isFull(): boolean;
}

/** Messages whose names are kept to tell second copies, per height. Beyond it copies cost a signature check. */
const MAX_SEEN = 20_000;
/** Then a copy is taken again: the core may have had no room for the first. */
const SEEN_MS = 1_000;

/** Checks what peers send before the core hears of it: form, height, membership, copies, signature, in this order. */
export class MessageIntake {
  readonly #view: IntakeView;
  readonly #out: IntakeOutput;
  readonly #feeAddresses: ReadonlyMap<Address, Address>;
  /** When authentic messages were passed on, by height and name. */
  readonly #seen = new Map<number, Map<string, number>>();

  constructor(view: IntakeView, out: IntakeOutput) {
    this.#view = view;
    this.#out = out;
    this.#feeAddresses = new Map(view.spec.validators.map(({ address, feeAddress }) => [address, feeAddress]));
  }

  /** Forgets the names of heights long decided. */
  enter(height: number): void {
    for (const kept of this.#seen.keys()) if (kept < height - 1) this.#seen.delete(kept);
  }

  /** The message was dropped again: it is to be taken when it comes the next time. */
  forget(height: number, key: string): void {
    this.#seen.get(height)?.delete(key);
  }

  /** False: no correct node sends this. */
  take(bytes: Uint8Array, peer: PeerState): boolean {
    if (!peer.takeMessage(this.#view.clock.now())) {
      this.#view.metrics.count.messagesDropped++;
      this.#out.flooding(peer);
      return true;
    }
    let message: PeerMessage;
    try {
      message = decodePeerMessage(bytes);
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error;
      this.#view.metrics.count.messagesMalformed++;
      return false;
    }
    const isGood = this.#dispatch(message, peer);
    if (!isGood) this.#view.metrics.count.messagesMalformed++;
    return isGood;
  }

  #dispatch(message: PeerMessage, peer: PeerState): boolean {
    if (message.type === 'status') {
      this.#out.status(peer, message.status);
      return true;
    }
    if (!this.#view.isVoting()) return true;
    return message.type === 'vote'
      ? this.#vote(message.vote, peer)
      : this.#proposal(message.proposal, message.outline, peer);
  }

  #vote(vote: Vote, peer: PeerState): boolean {
    const { height, validator } = vote;
    const key = voteKey(vote);
    if (!this.#isOfUse(height, 1) || !this.#isMember(validator)) return true;
    if (this.#hasSeen(height, key) || holdsVote(this.#view.state(), vote)) {
      peer.sent(key);
      return true;
    }
    if (!this.#mayCheck(peer)) return true;
    if (!this.#view.authenticity.isVoteAuthentic(vote)) return false;
    peer.sent(key);
    this.#view.metrics.count.votesReceived++;
    this.#see(height, key);
    if (validator === this.#view.self()) this.#out.ownFromOutside({ height, round: vote.round, step: vote.kind });
    this.#out.heard(height, validator);
    this.#out.vote(vote, peer);
    return true;
  }

  #proposal(proposal: Proposal, outline: BlockOutline | undefined, peer: PeerState): boolean {
    const { height, round, validator, blockId } = proposal;
    const key = proposalKey(proposal);
    if (!this.#isOfUse(height, 0) || !this.#isMember(validator)) return true;
    if (this.#hasSeen(height, key) || hasProposal(this.#view.state(), proposal)) {
      peer.sent(key);
      return true;
    }
    if (!this.#mayCheck(peer)) return true;
    if (!this.#view.authenticity.isProposalAuthentic(proposal)) return false;
    peer.sent(key);
    if (outline && (outline.header.number !== height || hashHeader(outline.header) !== blockId)) return false;
    if (outline) this.#view.known.putOutline(blockId, outline);
    const fault = proposal.polRound >= 0 ? undefined : this.#freshFault(proposal);
    if (fault === 'no header') return false;
    this.#view.metrics.count.proposalsReceived++;
    this.#see(height, key);
    if (validator === this.#view.self()) this.#out.ownFromOutside({ height, round, step: 'proposal' });
    if (fault) {
      this.#view.metrics.count.proposalsUntimely++;
      this.#view.log.warn(
        { height, round, proposer: validator, blockId, reason: fault },
        `proposal of ${validator} at height ${height} refused: ${fault}`,
      );
    }
    this.#out.heard(height, validator);
    this.#out.proposal(proposal, fault === undefined, peer);
    return true;
  }

  /** What only a fresh proposal is judged by, at its arrival; the block itself may be valid all the same. */
  #freshFault({ blockId, validator, round }: Proposal): string | undefined {
    const header = this.#view.known.header(blockId);
    if (!header) return 'no header';
    const feeAddress = this.#feeAddresses.get(validator);
    if (header.beneficiary !== feeAddress) {
      return `beneficiary: the header says ${header.beneficiary}, the proposer's is ${feeAddress}`;
    }
    return lateness(timestampMsOf(header), this.#view.clock.now(), round);
  }

  /** Votes of the height before complete its certificate; what is far ahead comes again. */
  #isOfUse(height: number, below: 0 | 1): boolean {
    const current = this.#view.state().current?.height;
    return current !== undefined && height >= current - below && height <= current + MAX_HEIGHTS_AHEAD;
  }

  #isMember(validator: Address): boolean {
    return this.#view.state().current?.validators.indexByAddress.has(validator) === true;
  }

  #mayCheck(peer: PeerState): boolean {
    if (!this.#view.isFull() && peer.takeCheck(this.#view.clock.now())) return true;
    this.#view.metrics.count.messagesDropped++;
    return false;
  }

  #hasSeen(height: number, key: string): boolean {
    const sinceMs = this.#seen.get(height)?.get(key);
    return sinceMs !== undefined && elapsedMs(this.#view.clock.now(), sinceMs) < SEEN_MS;
  }

  #see(height: number, key: string): void {
    const ofHeight = this.#seen.get(height) ?? new Map<string, number>();
    this.#seen.set(height, ofHeight);
    if (ofHeight.size < MAX_SEEN) ofHeight.set(key, this.#view.clock.now());
    this.#out.held(height, key);
  }
}

/** Whether the core holds `proposal`, also of a round that it has not reached. */
function hasProposal({ current }: ConsensusState, { height, round, validator, blockId, polRound }: Proposal): boolean {
  if (current?.height !== height) return false;
  const held = current.messages.get(round)?.proposals.get(validator)?.proposal;
  return held?.blockId === blockId && held.polRound === polRound;
}
