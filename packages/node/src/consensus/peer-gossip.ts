import type { ConsensusState } from '@heddle/consensus';
import type { PeerIdentity } from '@heddle/p2p';
import type { Address, Hash, Proposal, Vote } from '@heddle/primitives';
import type { DriverClock, DriverNetwork } from './driver-ports.ts';
import { elapsedMs } from './elapsed.ts';
import { type BlockOutline, encodePeerMessage, MAX_PUSHED_HASHES, type PeerMessage, type Status } from './messages.ts';
import { PeerState, voteKey } from './peer-state.ts';
import { missingAt, proposalKey } from './vote-gossip.ts';

/** What the gossip shows to peers. */
export interface GossipView {
  state(): ConsensusState;
  status(): Status | undefined;
  /** Of the last decided block; 0 before the start. */
  headNumber(): number;
  self(): Address | undefined;
  outline(blockId: Hash): BlockOutline | undefined;
}

/** How often a status is repeated: while a round runs, and while none does. */
const REPEAT_IN_ROUND_MS = 250;
const REPEAT_AT_REST_MS = 1_000;
/** Up to so many peers hear of new votes with the next tick, else with the next repetition. */
const MAX_EAGER_PEERS = 32;
/** A status is answered at once, but not more often than this: then the next tick does it. */
const SUPPLY_MS = 10;
/** A peer that is behind is told where we are, but not more often than this. */
const REMIND_MS = 100;

/** Messages of one height whose arrival is remembered. */
const MAX_HELD = 20_000;

/** Keeps every connected peer supplied with the votes and proposals that it lacks. */
export class PeerGossip {
  readonly #network: DriverNetwork;
  readonly #clock: DriverClock;
  readonly #view: GossipView;
  readonly #peers = new Map<string, PeerState>();
  /** Messages came since peers were last told what is here. */
  #isNews = false;
  /** Since when a message is here, by height and name. */
  readonly #heldSinceMs = new Map<number, Map<string, number>>();

  constructor(network: DriverNetwork, clock: DriverClock, view: GossipView) {
    this.#network = network;
    this.#clock = clock;
    this.#view = view;
  }

  peers(): IterableIterator<PeerState> {
    return this.#peers.values();
  }

  /** A peer is there; it is told at once where we are. */
  connected(identity: PeerIdentity): void {
    const peer = new PeerState(identity);
    this.#peers.set(identity.peerId, peer);
    this.#tell(peer, this.#statusMessage());
  }

  disconnected(peerId: string): void {
    this.#peers.delete(peerId);
  }

  /** The state of a peer; its first message may come before the news of its connection. */
  peer(identity: PeerIdentity): PeerState {
    const known = this.#peers.get(identity.peerId);
    if (known) return known;
    this.connected(identity);
    return this.peer(identity);
  }

  /** Forgets when messages of heights long decided came. */
  enter(height: number): void {
    for (const kept of this.#heldSinceMs.keys()) if (kept < height - 1) this.#heldSinceMs.delete(kept);
  }

  /** A message is here since now. */
  held(height: number, key: string): void {
    this.#isNews = true;
    const ofHeight = this.#heldSinceMs.get(height) ?? new Map<string, number>();
    this.#heldSinceMs.set(height, ofHeight);
    if (!ofHeight.has(key) && ofHeight.size < MAX_HELD) ofHeight.set(key, this.#clock.now());
  }

  /** Takes a peer's status over and gives it what it lacks. */
  heard(peer: PeerState, status: Status): void {
    const nowMs = this.#clock.now();
    peer.heard(status, nowMs);
    const isBehind = status.height <= this.#view.headNumber();
    if (isBehind && elapsedMs(nowMs, peer.toldMs) >= REMIND_MS) this.#tell(peer, this.#statusMessage());
    if (elapsedMs(nowMs, peer.suppliedMs) >= SUPPLY_MS) this.supply(peer);
  }

  /** Everybody is told where we are. */
  announce(): void {
    const message = this.#statusMessage();
    for (const peer of this.#peers.values()) this.#tell(peer, message);
    this.#isNews = false;
  }

  /** An own vote goes to everybody at once. */
  broadcastVote(vote: Vote): void {
    const message = encodePeerMessage({ type: 'vote', vote });
    for (const peer of this.#voters()) this.#give(peer, voteKey(vote), message);
  }

  /** An own proposal goes to everybody at once. */
  broadcastProposal(proposal: Proposal): void {
    const message = this.#proposalMessage(proposal);
    if (!message) return;
    for (const peer of this.#voters()) this.#give(peer, proposalKey(proposal), message);
  }

  /** Repeats what may have been lost. To be called about ten times a second. */
  tick(): void {
    const nowMs = this.#clock.now();
    const status = this.#view.status();
    const repeatMs = status && status.role === 'vote' && status.round >= 0 ? REPEAT_IN_ROUND_MS : REPEAT_AT_REST_MS;
    const isEager = this.#isNews && this.#peers.size <= MAX_EAGER_PEERS;
    const message = status && encodePeerMessage({ type: 'status', status });
    for (const peer of this.#peers.values()) {
      if (isEager || elapsedMs(nowMs, peer.toldMs) >= repeatMs) this.#tell(peer, message);
      this.supply(peer);
    }
    this.#isNews = false;
  }

  /** Sends what `peer` lacks, by its last status. */
  supply(peer: PeerState): void {
    const state = this.#view.state();
    const nowMs = this.#clock.now();
    peer.suppliedMs = nowMs;
    const missing = missingAt(state, peer, {
      self: this.#view.self(),
      nowMs,
      heldSinceMs: (key, height) => this.#heldSinceMs.get(height)?.get(key) ?? Number.NEGATIVE_INFINITY,
    });
    for (const proposal of missing.proposals) {
      const message = this.#proposalMessage(proposal);
      if (message) this.#give(peer, proposalKey(proposal), message);
    }
    for (const vote of missing.votes) {
      this.#give(peer, voteKey(vote), encodePeerMessage({ type: 'vote', vote }));
    }
  }

  #voters(): PeerState[] {
    return [...this.#peers.values()].filter(({ status }) => status?.role !== 'follow');
  }

  /** The same for everybody at a moment. */
  #statusMessage(): Uint8Array | undefined {
    const status = this.#view.status();
    return status && encodePeerMessage({ type: 'status', status });
  }

  #tell(peer: PeerState, statusMessage: Uint8Array | undefined): void {
    if (!statusMessage) return;
    peer.toldMs = this.#clock.now();
    this.#network.sendConsensus(peer.identity.peerId, statusMessage);
  }

  /** A message that does not go out is sent again: the peer's next status still lacks it. */
  #give(peer: PeerState, key: string, message: Uint8Array): void {
    if (this.#network.sendConsensus(peer.identity.peerId, message)) peer.given(key, this.#clock.now());
  }

  /** Undefined without the block's outline: a fresh proposal cannot be judged without its header. */
  #proposalMessage(proposal: Proposal): Uint8Array | undefined {
    const outline = this.#view.outline(proposal.blockId);
    if (!outline) return undefined;
    const { header, transactionHashes } = outline;
    const isLong = transactionHashes === undefined || transactionHashes.length > MAX_PUSHED_HASHES;
    const message: PeerMessage = {
      type: 'proposal',
      proposal,
      outline: { header, transactionHashes: isLong ? undefined : transactionHashes },
    };
    return encodePeerMessage(message);
  }
}
