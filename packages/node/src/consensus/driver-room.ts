import { type CommitBlock, isQuorum, type LoggedInput, powerOf, type Timeout } from '@heddle/consensus';
import type { PeerIdentity } from '@heddle/p2p';
import type { Address, CommitCertificate, Hash } from '@heddle/primitives';
import { type Authenticity, chainAuthenticity } from './authenticity.ts';
import { BlockFetcher } from './block-fetcher.ts';
import { BlockJobs } from './block-jobs.ts';
import { CatchUp, type FetchedOutcome } from './catch-up.ts';
import { type ChainHead, heightInput, readChainHead } from './chain-head.ts';
import { type DecidedBlock, type WrittenDecisions, writeDecisions } from './decision-writer.ts';
import { consensusHalted, driverNotStarted, foreignSignature } from './driver-errors.ts';
import { DriverMetrics } from './driver-metrics.ts';
import type { ConsensusDriverOptions, DriverPorts } from './driver-ports.ts';
import { elapsedMs } from './elapsed.ts';
import { HeightCore } from './height-core.ts';
import { HeightEffects } from './height-effects.ts';
import { InboundQueue } from './inbound-queue.ts';
import { type FetchedBlock, KnownBlocks } from './known-blocks.ts';
import { LateRounds } from './late-rounds.ts';
import { MessageIntake } from './message-intake.ts';
import type { Status } from './messages.ts';
import { PauseWatch } from './pause-watch.ts';
import { PeerGossip } from './peer-gossip.ts';
import { type PeerState, voteKey } from './peer-state.ts';
import { resumeHeight } from './restart.ts';
import { RoundStart } from './round-start.ts';
import { RoundTimers } from './round-timers.ts';
import { isAbove, type SignedPlace } from './signed-place.ts';
import { DEFAULT_TIMEOUTS, Timeouts } from './timeouts.ts';
import { Turns } from './turns.ts';
import { proposalKey, statusOf } from './vote-gossip.ts';

const TICK_MS = 100;
/** After a start: longer than peers need to find each other again. */
const PEERS_WAIT_MS = 3_000;
/** A validator that is one or two blocks behind may be about to decide them itself. */
const LAG_MS = 250;
/** The same while it executes the very next block. */
const BUSY_LAG_MS = 2_000;
const NEAR_BLOCKS = 2;
/** Of each message beyond what a peer may send. */
const FLOODING_PENALTY = 1;

/** All parts of the driver, and what flows between them. */
export class DriverRoom {
  readonly known = new KnownBlocks();
  readonly metrics = new DriverMetrics();
  readonly turns: Turns;
  readonly core: HeightCore;
  readonly intake: MessageIntake;
  readonly gossip: PeerGossip;
  readonly catchUp: CatchUp;
  readonly timeouts: Timeouts;
  readonly #ports: DriverPorts;
  readonly #fetcher: BlockFetcher;
  readonly #inbound: InboundQueue;
  readonly #lateRounds = new LateRounds();
  readonly #jobs: BlockJobs;
  readonly #timers: RoundTimers;
  readonly #start: RoundStart;
  readonly #effects: HeightEffects;
  readonly #pauses: PauseWatch;
  readonly #stopping = new AbortController();
  #head: ChainHead | undefined;
  /** No signature at this height or below. */
  #voteFloor = 0;
  /** What was signed last is lost: the floor follows the chain until this node does. */
  #isFloorRising = false;
  #executable: { readonly headHash: Hash; readonly hasExecutable: boolean } | undefined;
  #behindSinceMs: number | undefined;
  #callOffTick: (() => void) | undefined;
  #callOffWait: (() => void) | undefined;
  #hasFailed = false;

  constructor(options: ConsensusDriverOptions, ports: DriverPorts) {
    const { spec, pace } = options;
    this.#pauses = new PauseWatch(ports.clock, () => this.#wake());
    const { clock } = this.#pauses;
    this.#ports = { ...ports, clock };
    const { network, execution, pool, voter, log } = ports;
    const { known, metrics } = this;
    const timeouts = new Timeouts(options.timeouts ?? DEFAULT_TIMEOUTS);
    this.timeouts = timeouts;
    const turns = new Turns((error) => this.#fail(error));
    this.turns = turns;
    this.#inbound = new InboundQueue(turns);
    this.#timers = new RoundTimers(clock, timeouts, (timeout) => this.#onTimeout(timeout));
    this.#start = new RoundStart(clock, pace, (height) => this.#feed({ type: 'start', height }));
    this.#fetcher = new BlockFetcher({ network, pool, clock, log }, known);
    this.gossip = new PeerGossip(network, clock, {
      state: () => this.core.state,
      status: () => this.#status(),
      self: () => this.#self(),
      outline: (blockId) => known.outline(blockId),
    });
    this.#jobs = new BlockJobs({
      ...{ spec, execution, pool, clock, log, known, fetcher: this.#fetcher },
      answers: {
        built: (height, round, block) => turns.add(() => this.#effects.built(height, round, block)),
        valid: (order, block) => turns.add(() => this.#effects.valid(order, block)),
        invalid: (order, reason) => turns.add(() => this.#effects.invalid(order, reason)),
        broke: (error) => this.#fail(error),
      },
    });
    this.#effects = new HeightEffects({
      ...{ spec, pace, timeouts, voter, clock, log, turns, known, metrics, jobs: this.#jobs },
      ...{ timers: this.#timers, start: this.#start, gossip: this.gossip },
      core: () => this.core,
      head: () => this.head,
      isNear: (validator) => this.#near().has(validator),
      commit: (effect) => this.#commitDecision(effect),
      fail: (error) => this.#fail(error),
    });
    const headNumber = () => this.head.info.number;
    this.core = new HeightCore({ voter, turns, clock, log, headNumber, effects: this.#effects });
    const authenticity = options.authenticity ?? chainAuthenticity(options.domain);
    this.intake = this.#createIntake(options, authenticity);
    this.catchUp = this.#createCatchUp(authenticity);
  }

  /** Of the last decided block; 0 before the start. */
  get headNumber(): number {
    return this.#head?.info.number ?? 0;
  }

  /** @throws HeddleError `CONSENSUS_NOT_STARTED` */
  get head(): ChainHead {
    if (!this.#head) throw driverNotStarted();
    return this.#head;
  }

  /** The core stands at the height after the head, and this process was not stopped just now: votes are of use. */
  isVoting(): boolean {
    const height = this.core.state.current?.height;
    if (height === undefined || this.#head === undefined || this.#pauses.isWaking) return false;
    return height > this.#head.info.number;
  }

  /** Reads head, log and signer, and goes on from there. */
  async start(): Promise<void> {
    const { execution, voter, clock, log } = this.#ports;
    this.#head = await readChainHead(execution, clock.now());
    if (voter) {
      const input = heightInput(this.#head, voter.signer.address);
      this.#awaitPeers();
      this.#enterParts(input.height); // first: blocks of the log are kept for this height
      const { state, voteFloor } = await resumeHeight(input, voter, { known: this.known, execution, log });
      this.#voteFloor = voteFloor;
      this.#isFloorRising = voter.signer.isStateAccepted && voteFloor > 0;
      this.turns.add(async () => {
        await this.core.resume(state);
        if (state.current?.rounds.step === 'newHeight') this.#awaitRound();
      });
    }
    this.gossip.announce();
    this.#tick();
  }

  /** A message of a peer; false: no correct node sends this. */
  take(message: Uint8Array, from: PeerIdentity): boolean {
    this.#pauses.alive();
    return this.intake.take(message, this.gossip.peer(from));
  }

  /** A peer is there. Once over two thirds are, rounds may begin. */
  connected(peer: PeerIdentity): void {
    this.gossip.connected(peer);
    if (this.#head && this.#isQuorumNear()) this.#endWait();
  }

  /** Ends all work in progress. */
  async stop(): Promise<void> {
    this.#halt();
    await Promise.all([this.turns.end(), this.catchUp.stop()]);
  }

  /** What the pool says of its transactions on a head. */
  executableChanged(notice: { readonly headHash: Hash; readonly hasExecutable: boolean }): void {
    this.#executable = notice;
    if (notice.headHash === this.#head?.info.hash) this.#start.executable(notice.hasExecutable);
  }

  /** A proposal that nobody hears is stale when they come: the first round waits for them, but not for ever. */
  #awaitPeers(): void {
    if (this.#isQuorumNear()) return;
    this.#start.hold();
    this.#callOffWait = this.#ports.clock.schedule(PEERS_WAIT_MS, () => this.#endWait());
  }

  #endWait(): void {
    if (!this.#pauses.isWaking) this.#start.release();
  }

  /** The process was stopped for a while: before it acts on timers and messages of then, it hears where its peers are. */
  #wake(): void {
    if (!this.#ports.voter || !this.#head) {
      this.#pauses.end();
      return;
    }
    this.#timers.hold();
    this.#start.hold();
    this.gossip.announce();
  }

  /** Validators that are connected, and this one. */
  #near(isCounted: (peer: PeerState) => boolean = () => true): Set<Address | undefined> {
    const peers = [...this.gossip.peers()].filter(isCounted);
    return new Set([this.#self(), ...peers.map(({ identity }) => identity.validator)]);
  }

  #isQuorumNear(isCounted?: (peer: PeerState) => boolean): boolean {
    const { validators } = this.head;
    const power = [...this.#near(isCounted)].reduce(
      (sum, address) => (address ? sum + powerOf(validators, address) : sum),
      0n,
    );
    return isQuorum(validators, power);
  }

  #onTimeout(timeout: Timeout): void {
    if (timeout.kind === 'propose' && this.#jobs.isAtWork(timeout)) this.timeouts.tooShort();
    this.#feed({ type: 'timeout', timeout });
  }

  #feed(input: LoggedInput): void {
    this.turns.add(() => this.core.feed(input));
  }

  /** A checked message of a peer: behind what others sent before. */
  #receive({ identity }: PeerState, input: Extract<LoggedInput, { type: 'vote' | 'proposal' }>): void {
    this.#inbound.put(identity.peerId, {
      take: () => this.core.feed(input),
      dropped: () => {
        this.metrics.count.messagesDropped++;
        if (input.type === 'vote') this.intake.forget(input.vote.height, voteKey(input.vote));
        else this.intake.forget(input.proposal.height, proposalKey(input.proposal));
      },
    });
  }

  #createIntake({ spec }: ConsensusDriverOptions, authenticity: Authenticity): MessageIntake {
    const { network, clock, log } = this.#ports;
    const { known, metrics } = this;
    return new MessageIntake(
      {
        ...{ authenticity, spec, clock, log, metrics, known },
        state: () => this.core.state,
        self: () => this.#self(),
        isVoting: () => this.isVoting(),
        isFull: () => this.core.isBacklogged,
      },
      {
        status: (peer, status) => {
          this.catchUp.heard(peer.identity.peerId, status.height - 1);
          this.gossip.heard(peer, status);
          this.#considerCatchUp();
        },
        vote: (vote, peer) => this.#receive(peer, { type: 'vote', vote }),
        proposal: (proposal, timely, peer) => this.#receive(peer, { type: 'proposal', proposal, timely }),
        flooding: ({ identity }) => network.penalize(identity.peerId, FLOODING_PENALTY, 'too many messages'),
        ownFromOutside: (place) => this.#ownFromOutside(place),
        heard: (height, validator) => this.#start.heard(height, validator),
        held: (height, key) => this.gossip.held(height, key),
      },
    );
  }

  #createCatchUp(authenticity: Authenticity): CatchUp {
    const { network, pool, clock, log } = this.#ports;
    const { turns } = this;
    return new CatchUp({
      ...{ network, pool, clock, log, authenticity },
      head: () => this.head.info,
      validators: () => this.head.validators,
      commit: async (blocks) => {
        return (await turns.ask(() => this.#commitFetched(blocks))) ?? { count: 0, outcome: 'stopped' };
      },
      finished: () => turns.add(() => this.#endCatchUp()),
      broke: (error) => this.#fail(error),
    });
  }

  #status(): Status | undefined {
    if (!this.#head) return undefined;
    const own = this.isVoting() ? statusOf(this.core.state) : undefined;
    if (own) return own;
    return { height: this.#head.info.number + 1, round: -1, role: 'follow', rounds: [], previous: undefined };
  }

  #self(): Address | undefined {
    return this.#ports.voter?.signer.address;
  }

  #awaitRound(): void {
    this.#start.await(this.head);
    if (this.#executable?.headHash === this.head.info.hash) this.#start.executable(this.#executable.hasExecutable);
  }

  #enterParts(height: number): void {
    this.known.enter(height);
    this.gossip.enter(height);
    this.intake.enter(height);
  }

  /** Moves the core to the height after the head. */
  async #enterHeight(): Promise<void> {
    const { voter } = this.#ports;
    const height = this.head.info.number + 1;
    const maySign = voter !== undefined && height > this.#voteFloor && voter.wal.replay(height).mayVote;
    if (maySign) this.#isFloorRising = false;
    this.#enterParts(height);
    this.#awaitRound();
    await this.core.enter(heightInput(this.head, maySign ? voter.signer.address : undefined));
  }

  /** The core has decided. */
  async #commitDecision({ height, blockId, certificate }: CommitBlock): Promise<void> {
    if (height <= this.head.info.number) return;
    const block = this.known.whole(blockId);
    if (!block) return this.#fetchDecided(height, blockId, certificate);
    this.timeouts.decided(certificate.round);
    if (this.#lateRounds.decided(this.core.state, certificate.round)) this.timeouts.late();
    this.#callOffHeight();
    const { fault } = await this.#commit([{ block, certificate }]);
    if (fault) throw fault;
    await this.#enterHeight();
  }

  /** A decided block is only ever missing when the log lost it. What comes may be a foreign body, which its execution tells. */
  #fetchDecided(height: number, blockId: Hash, certificate: CommitCertificate, foreignBodies = 0): void {
    const { signal } = this.#stopping;
    const take = async (block: FetchedBlock): Promise<void> => {
      const { outcome } = await this.#commitFetched([{ block, certificate }]);
      if (outcome === 'committed') await this.#enterHeight();
      if (outcome !== 'foreign body') return;
      this.known.forgetBody(blockId);
      this.#fetchDecided(height, blockId, certificate, foreignBodies + 1);
    };
    this.#fetcher.obtain({ blockId, height, proposer: undefined, foreignBodies, signal }).then(
      (block) => block && this.turns.addFirst(() => take(block)),
      (error: unknown) => this.#fail(error),
    );
  }

  /** Blocks that nobody executed here yet, of heights that follow each other. */
  async #commitFetched(blocks: readonly DecidedBlock[]): Promise<FetchedOutcome> {
    if (blocks[0]?.block.header.number !== this.head.info.number + 1) return { count: 0, outcome: 'stale' };
    const { count, fault } = await this.#commit(blocks);
    if (count > 0) this.#callOffHeight(); // not before: what a peer gave may be no block of the chain
    this.metrics.count.blocksFetched += count;
    // Who follows this node hears of a new head at once, but not of each block of a long way.
    if (!this.#ports.voter && this.head.info.number >= this.catchUp.highest()) this.gossip.announce();
    const refused = blocks[count]?.block;
    if (!fault || !refused) return { count, outcome: 'committed' };
    if (fault.code === 'COMMIT_FOREIGN_BODY') return { count, outcome: 'foreign body' };
    throw consensusHalted(refused.header.number, refused.blockId, `it is invalid: ${fault.message}`);
  }

  async #commit(blocks: readonly DecidedBlock[]): Promise<WrittenDecisions> {
    const written = await writeDecisions(this.head, blocks, {
      ports: this.#ports,
      metrics: this.metrics,
      diskFailed: (reason) => this.#effects.diskFailed(reason),
    });
    this.#head = written.head;
    this.#behindSinceMs = undefined;
    return written;
  }

  async #endCatchUp(): Promise<void> {
    const { voter } = this.#ports;
    if (voter && this.#isFloorRising) {
      this.#voteFloor = this.head.info.number + 1; // where the lost signatures may be, whatever was fetched
      await voter.signer.raise({ height: this.#voteFloor, round: 0, step: 'precommit' });
    }
    const height = this.core.state.current?.height;
    if (voter && (height === undefined || height <= this.head.info.number)) await this.#enterHeight();
    this.gossip.announce();
  }

  #considerCatchUp(): void {
    if (!this.#head || this.catchUp.isRunning) return;
    const { number } = this.#head.info;
    const lag = this.catchUp.highest() - number;
    if (lag <= 0) {
      this.#behindSinceMs = undefined;
      return;
    }
    const nowMs = this.#ports.clock.now();
    this.#behindSinceMs ??= nowMs;
    const patienceMs = this.#jobs.isChecking(number + 1) ? BUSY_LAG_MS : LAG_MS;
    const isPatient = this.isVoting() && lag <= NEAR_BLOCKS;
    if (!isPatient || elapsedMs(nowMs, this.#behindSinceMs) >= patienceMs) this.catchUp.start();
  }

  #ownFromOutside(place: SignedPlace): void {
    const signer = this.#ports.voter?.signer;
    if (!signer || !isAbove(place, signer.last())) return;
    const error = foreignSignature(place.height);
    this.core.mute();
    this.#ports.log.error({ ...place, remedy: error.remedy }, error.message);
    this.turns.add(() => signer.raise(place));
  }

  /** Over two thirds are no further: votes are of use, although others may claim more and not give it. */
  #considerVoting(): void {
    if (!this.#ports.voter || !this.#head || this.isVoting()) return;
    const height = this.#head.info.number + 1;
    const isHere = ({ status, heardMs }: PeerState) =>
      status !== undefined && status.height <= height && this.#pauses.isNews(heardMs);
    if (!this.#isQuorumNear(isHere) && !this.#pauses.isOverdue) return;
    this.#pauses.end();
    this.#timers.release();
    this.#start.release();
    this.turns.add(() => this.#endCatchUp());
  }

  #tick(): void {
    this.#callOffTick = this.#ports.clock.schedule(TICK_MS, () => {
      this.gossip.tick();
      this.#considerCatchUp();
      this.#considerVoting();
      this.#tick();
    });
  }

  /** It is over, or the node is. */
  #callOffHeight(): void {
    this.#jobs.cancelAll();
    this.#timers.clear();
    this.#start.stop();
  }

  #halt(): void {
    this.#stopping.abort();
    this.#callOffTick?.();
    this.#callOffWait?.();
    this.#callOffHeight();
  }

  #fail(error: unknown): void {
    if (this.#hasFailed || this.#stopping.signal.aborted) return;
    this.#hasFailed = true;
    this.#halt();
    this.#ports.events.onFailed(error);
  }
}
