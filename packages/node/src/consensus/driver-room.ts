import { isQuorum, type LoggedInput, powerOf, type Timeout } from '@heddle/consensus';
import type { PeerIdentity } from '@heddle/p2p';
import type { Address, Hash } from '@heddle/primitives';
import { type Authenticity, chainAuthenticity } from './authenticity.ts';
import { BlockFetcher } from './block-fetcher.ts';
import { BlockJobs } from './block-jobs.ts';
import { CatchUp } from './catch-up.ts';
import type { ChainHead } from './chain-head.ts';
import { ChainProgress } from './chain-progress.ts';
import { type ConsensusLimits, DEFAULT_CONSENSUS_LIMITS } from './consensus-limits.ts';
import { foreignSignature } from './driver-errors.ts';
import { DriverMetrics } from './driver-metrics.ts';
import type { ConsensusDriverOptions, DriverPorts } from './driver-ports.ts';
import { HeightCore } from './height-core.ts';
import { HeightEffects } from './height-effects.ts';
import { InboundQueue } from './inbound-queue.ts';
import { KnownBlocks } from './known-blocks.ts';
import { LagWatch } from './lag-watch.ts';
import { MessageIntake } from './message-intake.ts';
import type { Status } from './messages.ts';
import { PauseWatch } from './pause-watch.ts';
import { PeerGossip } from './peer-gossip.ts';
import { type PeerState, voteKey } from './peer-state.ts';
import { RoundStart } from './round-start.ts';
import { RoundTimers } from './round-timers.ts';
import { isAbove, type SignedPlace } from './signed-place.ts';
import { Timeouts } from './timeouts.ts';
import { Turns } from './turns.ts';
import { proposalKey, statusOf } from './vote-gossip.ts';

const TICK_MS = 100;
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
  readonly #limits: ConsensusLimits;
  readonly #fetcher: BlockFetcher;
  readonly #inbound: InboundQueue;
  readonly #jobs: BlockJobs;
  readonly #timers: RoundTimers;
  readonly #start: RoundStart;
  readonly #effects: HeightEffects;
  readonly #chain: ChainProgress;
  readonly #lag = new LagWatch();
  readonly #pauses: PauseWatch;
  #executable: { readonly headHash: Hash; readonly hasExecutable: boolean } | undefined;
  #callOffTick: (() => void) | undefined;
  #callOffWait: (() => void) | undefined;
  #isHalted = false;

  constructor(options: ConsensusDriverOptions, ports: DriverPorts) {
    const { spec, pace } = options;
    this.#pauses = new PauseWatch(ports.clock, () => this.#wake());
    const { clock } = this.#pauses;
    this.#ports = { ...ports, clock };
    const { network, execution, pool, voter, log } = ports;
    const { known, metrics } = this;
    const { limits = DEFAULT_CONSENSUS_LIMITS } = options;
    this.#limits = limits;
    const timeouts = new Timeouts(limits);
    this.timeouts = timeouts;
    const turns = new Turns((error) => this.#fail(error));
    this.turns = turns;
    this.#inbound = new InboundQueue(turns, limits);
    this.#timers = new RoundTimers(clock, timeouts, (timeout) => this.#onTimeout(timeout));
    this.#start = new RoundStart(clock, pace, (height) => this.#feed({ type: 'start', height }));
    this.#fetcher = new BlockFetcher({ network, pool, clock, log }, known);
    this.gossip = new PeerGossip(network, clock, {
      state: () => this.core.state,
      status: () => this.#status(),
      headNumber: () => this.headNumber,
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
    this.#chain = new ChainProgress({
      ...{ ports: this.#ports, turns, known, metrics, timeouts, fetcher: this.#fetcher },
      core: () => this.core,
      highest: () => this.catchUp.highest(),
      callOffBuild: () => this.#jobs.cancelBuild(),
      callOffHeight: () => this.#callOffHeight(),
      enterParts: (height) => this.#enterParts(height),
      awaitRound: () => this.#awaitRound(),
      announce: () => this.gossip.announce(),
      diskFailed: (reason) => this.#effects.diskFailed(reason),
      fail: (error) => this.#fail(error),
    });
    this.#effects = new HeightEffects({
      ...{ spec, pace, timeouts, voter, clock, log, turns, known, metrics, jobs: this.#jobs },
      ...{ timers: this.#timers, start: this.#start, gossip: this.gossip },
      core: () => this.core,
      head: () => this.head,
      isNear: (validator) => this.#near().has(validator),
      commit: (effect) => this.#chain.commitDecision(effect),
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
    return this.#chain.isStarted ? this.head.info.number : 0;
  }

  /** @throws HeddleError `CONSENSUS_NOT_STARTED` */
  get head(): ChainHead {
    return this.#chain.head;
  }

  /** The core stands at the height after the head, and this process was not stopped just now: votes are of use. */
  isVoting(): boolean {
    const height = this.core.state.current?.height;
    if (height === undefined || !this.#chain.isStarted || this.#pauses.isWaking) return false;
    return height > this.head.info.number;
  }

  /** Reads head, log and signer, and goes on from there. */
  async start(): Promise<void> {
    await this.#chain.open();
    if (this.#ports.voter) this.#awaitPeers();
    const resumed = await this.#chain.resume();
    if (resumed) {
      this.turns.add(async () => {
        await this.core.resume(resumed.state);
        if (resumed.state.current?.rounds.step === 'newHeight') this.#awaitRound();
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
    if (this.#chain.isStarted && this.#isQuorumNear()) this.#endWait();
  }

  /** Ends all work in progress. */
  async stop(): Promise<void> {
    this.#halt();
    await Promise.all([this.turns.end(), this.catchUp.stop()]);
  }

  /** What the pool says of its transactions on a head. */
  executableChanged(notice: { readonly headHash: Hash; readonly hasExecutable: boolean }): void {
    this.#executable = notice;
    if (this.#chain.isStarted && notice.headHash === this.head.info.hash) this.#start.executable(notice.hasExecutable);
  }

  /** A proposal that nobody hears is stale when they come: the first round waits for them, but not for ever. */
  #awaitPeers(): void {
    if (this.#isQuorumNear()) return;
    this.#start.hold();
    this.#callOffWait = this.#ports.clock.schedule(this.#limits.peersWaitMs, () => this.#endWait());
  }

  #endWait(): void {
    if (!this.#pauses.isWaking) this.#start.release();
  }

  /** The process was stopped for a while: before it acts on timers and messages of then, it hears where its peers are. */
  #wake(): void {
    if (!this.#ports.voter || !this.#chain.isStarted) {
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
      ...{ network, pool, clock, log, authenticity, limits: this.#limits },
      head: () => this.head.info,
      validators: () => this.head.validators,
      commit: async (blocks) => {
        return (await turns.ask(() => this.#chain.commitFetched(blocks))) ?? { count: 0, outcome: 'stopped' };
      },
      finished: () => turns.add(() => this.#chain.endCatchUp()),
      broke: (error) => this.#fail(error),
    });
  }

  #status(): Status | undefined {
    if (!this.#chain.isStarted) return undefined;
    const own = this.isVoting() ? statusOf(this.core.state) : undefined;
    if (own) return own;
    return { height: this.head.info.number + 1, round: -1, role: 'follow', rounds: [], previous: undefined };
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

  #considerCatchUp(): void {
    if (!this.#chain.isStarted || this.catchUp.isRunning) return;
    const { number } = this.head.info;
    const lag = {
      blocks: this.catchUp.highest() - number,
      isVoting: this.isVoting(),
      isChecking: this.#jobs.isChecking(number + 1),
    };
    if (this.#lag.isBehind(lag, this.#ports.clock.now())) this.catchUp.start();
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
    if (!this.#ports.voter || !this.#chain.isStarted || this.isVoting()) return;
    const height = this.head.info.number + 1;
    const isHere = ({ status, heardMs }: PeerState) =>
      status !== undefined && status.height <= height && this.#pauses.isNews(heardMs);
    if (!this.#isQuorumNear(isHere) && !this.#pauses.isOverdue) return;
    this.#pauses.end();
    this.#timers.release();
    this.#start.release();
    this.turns.add(() => this.#chain.endCatchUp());
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
    this.#lag.clear();
  }

  #halt(): void {
    this.#isHalted = true;
    this.#chain.stop();
    this.#callOffTick?.();
    this.#callOffWait?.();
    this.#callOffHeight();
  }

  #fail(error: unknown): void {
    if (this.#isHalted) return;
    this.#halt();
    this.#ports.events.onFailed(error);
  }
}
