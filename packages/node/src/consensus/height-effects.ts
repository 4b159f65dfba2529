import type {
  Build,
  CommitBlock,
  EvidenceFound,
  Halt,
  LoggedInput,
  NeedBlock,
  NewStep,
  OwnMessage,
  ScheduleTimeout,
  Validate,
} from '@heddle/consensus';
import { proposalAt, proposerOf } from '@heddle/consensus';
import { type Address, type ChainSpec, HeddleError } from '@heddle/primitives';
import { timeFault } from '../execution/child-header.ts';
import type { BlockJobs, ValidateOrder } from './block-jobs.ts';
import type { ChainHead } from './chain-head.ts';
import { consensusHalted } from './driver-errors.ts';
import type { DriverMetrics } from './driver-metrics.ts';
import type { DriverClock, DriverLog, DriverVoter } from './driver-ports.ts';
import type { EffectHandlers, HeightCore } from './height-core.ts';
import { encodeWholeBlock, type KnownBlocks, type WholeBlock } from './known-blocks.ts';
import { earliestBlockMs, type PaceRules } from './pacing.ts';
import type { PeerGossip } from './peer-gossip.ts';
import { voteKey } from './peer-state.ts';
import type { RoundStart } from './round-start.ts';
import type { RoundTimers } from './round-timers.ts';
import type { ProposerPresence, Timeouts } from './timeouts.ts';
import type { Turns } from './turns.ts';
import { proposalKey } from './vote-gossip.ts';

/** What carrying out effects takes. */
export interface HeightEffectsDependencies {
  readonly spec: ChainSpec;
  readonly pace: PaceRules;
  readonly timeouts: Timeouts;
  readonly voter: DriverVoter | undefined;
  readonly clock: DriverClock;
  readonly log: DriverLog;
  readonly turns: Turns;
  readonly known: KnownBlocks;
  readonly metrics: DriverMetrics;
  readonly jobs: BlockJobs;
  readonly timers: RoundTimers;
  readonly start: RoundStart;
  readonly gossip: PeerGossip;
  core(): HeightCore;
  head(): ChainHead;
  /** Whether this is the validator's own address or that of a connected peer. */
  isNear(validator: Address): boolean;
  commit(effect: CommitBlock): Promise<void>;
  fail(error: unknown): void;
}

const RETRY_MS = 500;
/** The same failure of the disk is logged once in so long. */
const REPEAT_LOG_MS = 10_000;

/** The core's effects as calls of the other parts, and the answers of building and checking as its inputs. */
export class HeightEffects implements EffectHandlers {
  readonly #of: HeightEffectsDependencies;
  #isStatusNew = false;
  #loggedDiskMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: HeightEffectsDependencies) {
    this.#of = dependencies;
  }

  build({ round }: Build): void {
    const { spec, pace, timeouts, voter, clock, jobs } = this.#of;
    const head = this.#of.head();
    const self = voter?.signer.address;
    const feeAddress = spec.validators.find(({ address }) => address === self)?.feeAddress;
    if (feeAddress === undefined) return; // nobody could accept a block of ours; the propose timer goes on
    const earliestMs = Math.max(clock.now(), earliestBlockMs({ parentMs: head.timestampMs }, pace));
    const isTooEarly = timeFault(earliestMs, head.header, spec) !== undefined;
    const timestampMs = isTooEarly ? (head.header.timestamp + 1) * 1_000 : earliestMs;
    const budgetMs = timeouts.buildBudgetMs(round);
    jobs.build({ head: head.info, round, timestampMs, beneficiary: feeAddress, budgetMs });
  }

  validate({ height, round, blockId }: Validate | NeedBlock): void {
    const proposer = proposalAt(this.#of.core().state, round)?.validator;
    this.#of.jobs.validate({ height, round, blockId, proposer });
  }

  schedule(effect: ScheduleTimeout): void {
    const { kind, round } = effect.timeout;
    this.#of.timers.schedule(effect, kind === 'propose' ? this.#presenceOf(round) : 'here');
  }

  commit(effect: CommitBlock): Promise<void> {
    return this.#of.commit(effect);
  }

  halt({ height, blockId }: Halt): void {
    this.#of.fail(consensusHalted(height, blockId, 'it is invalid'));
  }

  newStep({ height, round, step }: NewStep): void {
    const isVoteStep = step !== 'propose' && step !== 'newHeight';
    if (isVoteStep) return; // peers see it by the vote; what they lack of it the next tick tells
    this.#isStatusNew = true;
    if (step === 'newHeight') return;
    const { start, timers, metrics, log } = this.#of;
    start.stop();
    timers.clear(); // those of the round before
    metrics.count.rounds++;
    if (round > 0) log.debug({ height, round }, 'a new round begins');
  }

  evidence({ evidence }: EvidenceFound): void {
    const { metrics, log } = this.#of;
    metrics.count.evidence++;
    const { height, round } = evidence.first;
    log.warn({ validator: evidence.validator, height, round, type: evidence.type }, 'a validator signed twice');
  }

  broadcast(input: Extract<LoggedInput, { type: 'proposal' | 'vote' }>): void {
    const { gossip } = this.#of;
    if (input.type === 'vote') {
      gossip.held(input.vote.height, voteKey(input.vote));
      gossip.broadcastVote(input.vote);
    } else {
      gossip.held(input.proposal.height, proposalKey(input.proposal));
      gossip.broadcastProposal(input.proposal);
    }
  }

  refused(_message: OwnMessage): void {
    this.#of.metrics.count.signaturesRefused++;
  }

  signingTook(ms: number): void {
    this.#of.metrics.signed(ms);
  }

  diskFailed(reason: string): void {
    const { metrics, log, clock } = this.#of;
    metrics.count.diskFailures++;
    if (clock.now() - this.#loggedDiskMs < REPEAT_LOG_MS) return;
    this.#loggedDiskMs = clock.now();
    log.error({ reason }, 'this validator cannot write to its disk: it does not vote until it can');
  }

  settled(): void {
    const { jobs, gossip } = this.#of;
    jobs.review(this.#of.core().state);
    if (!this.#isStatusNew) return;
    this.#isStatusNew = false;
    gossip.announce();
  }

  /** The own block is ready: to the log, then to the core. Runs as a turn. */
  async built(height: number, round: number, block: WholeBlock): Promise<void> {
    if (height !== this.#of.head().info.number + 1) return;
    if (!this.#keep(height, block, () => this.built(height, round, block))) return;
    await this.#of.core().feed({ type: 'blockBuilt', height, round, blockId: block.blockId });
  }

  /** A block was executed as its header says. Runs as a turn. */
  async valid(order: ValidateOrder, block: WholeBlock): Promise<void> {
    const { height, blockId } = order;
    if (height !== this.#of.head().info.number + 1) return;
    if (!this.#keep(height, block, () => this.valid(order, block))) return;
    await this.#of.core().feed({ type: 'blockValidity', height, blockId, verdict: 'valid' });
  }

  /** A block cannot be right. Runs as a turn. */
  async invalid({ height, round, blockId, proposer }: ValidateOrder, reason: string): Promise<void> {
    if (height !== this.#of.head().info.number + 1) return;
    const { metrics, log } = this.#of;
    metrics.count.proposalsRefused++;
    const who = proposer ?? 'an unknown validator';
    log.warn({ height, round, proposer, blockId, reason }, `proposal of ${who} at height ${height} refused: ${reason}`);
    await this.#of.core().feed({ type: 'blockValidity', height, blockId, verdict: 'invalid' });
  }

  #presenceOf(round: number): ProposerPresence {
    const { core, isNear } = this.#of;
    const { current } = core().state;
    return current === undefined || isNear(proposerOf(current.validators, round)) ? 'here' : 'absent';
  }

  /** The whole block goes to the log before the core may ask to vote for it. False: the log is full; tried again. */
  #keep(height: number, block: WholeBlock, again: () => Promise<void>): boolean {
    const { voter, known, turns, clock } = this.#of;
    known.putWhole(block);
    try {
      voter?.wal.appendBlock(height, block.blockId, encodeWholeBlock(block));
      return true;
    } catch (error) {
      if (!(error instanceof HeddleError) || error.code !== 'WAL_BACKLOG') throw error;
      this.diskFailed(error.message);
      clock.schedule(RETRY_MS, () => turns.add(again));
      return false;
    }
  }
}
