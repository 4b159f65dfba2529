import {
  applyInput,
  type Build,
  type CommitBlock,
  type ConsensusState,
  createConsensus,
  type Effect,
  encodeInput,
  type Halt,
  type HeightInput,
  heightOfInput,
  type Input,
  type LoggedInput,
  type NeedBlock,
  type OwnMessage,
  outstandingEffects,
  type ScheduleTimeout,
  type Validate,
} from '@heddle/consensus';
import { HeddleError } from '@heddle/primitives';
import { crashPoint } from '../crash-points.ts';
import type { DriverClock, DriverLog, DriverVoter } from './driver-ports.ts';
import { signOwnMessage } from './own-messages.ts';
import type { Turns } from './turns.ts';

/** Who carries out what the core asks for. */
export interface EffectHandlers {
  build(effect: Build): void;
  validate(effect: Validate | NeedBlock): void;
  schedule(effect: ScheduleTimeout): void;
  commit(effect: CommitBlock): Promise<void>;
  halt(effect: Halt): void;
  newStep(effect: Extract<Effect, { type: 'newStep' }>): void;
  evidence(effect: Extract<Effect, { type: 'evidence' }>): void;
  /** A signed, logged message that may leave. */
  broadcast(input: Extract<LoggedInput, { type: 'proposal' | 'vote' }>): void;
  refused(message: OwnMessage): void;
  signingTook(ms: number): void;
  diskFailed(reason: string): void;
  /** An input has been taken with all its effects. */
  settled(): void;
}

/** What the core runs on. */
export interface HeightCoreDependencies {
  /** Undefined: nothing is logged or signed. */
  readonly voter: DriverVoter | undefined;
  readonly turns: Turns;
  readonly clock: DriverClock;
  readonly log: DriverLog;
  readonly effects: EffectHandlers;
  /** The store's head: what was told of heights up to it is of no use, but late precommits. */
  headNumber(): number;
}

const RETRY_MS = 500;

/**
 * The pure core with its log and signer. Inputs are logged in the order in which the core takes them; effects are
 * carried out in order before the next input. All methods but `state` are for turns only.
 */
export class HeightCore {
  readonly #of: HeightCoreDependencies;
  #state: ConsensusState = createConsensus();
  #isRetryDue = false;
  /** Another process signs with this key. */
  #isMute = false;
  #isBacklogged = false;

  constructor(dependencies: HeightCoreDependencies) {
    this.#of = dependencies;
  }

  get state(): ConsensusState {
    return this.#state;
  }

  /** The log takes nothing at present. */
  get isBacklogged(): boolean {
    return this.#isBacklogged;
  }

  /** Nothing is signed any more until the process starts again. */
  mute(): void {
    this.#isMute = true;
  }

  /** Takes over a state that was replayed from the log, and does what was left to do. */
  async resume(state: ConsensusState): Promise<void> {
    this.#state = state;
    await this.#settle(outstandingEffects(state));
  }

  async enter(input: HeightInput): Promise<void> {
    await this.#take(input);
  }

  /** Logs `input`, gives it to the core and carries out what follows. */
  feed(input: LoggedInput): Promise<void> | void {
    const height = heightOfInput(input);
    const head = this.#of.headNumber();
    const isLatePrecommit = input.type === 'vote' && height === head && (this.#state.current?.height ?? 0) > head;
    if (height <= head && !isLatePrecommit) return;
    if (height > head) {
      try {
        this.#of.voter?.wal.append(height, encodeInput(input));
        this.#isBacklogged = false;
      } catch (error) {
        if (!(error instanceof HeddleError) || error.code !== 'WAL_BACKLOG') throw error;
        this.#isBacklogged = true;
        this.#of.effects.diskFailed(error.message);
        // Peers send theirs again; what comes from inside would not come a second time.
        if (input.type !== 'vote' && input.type !== 'proposal') this.#again(() => this.feed(input));
        return;
      }
    }
    return this.#take(input);
  }

  /** Most inputs ask for nothing: they are over when this returns. */
  #take(input: Input): Promise<void> | void {
    const { state, effects } = applyInput(this.#state, input);
    this.#state = state;
    if (effects.length > 0) return this.#settle(effects);
    this.#of.effects.settled();
  }

  async #settle(effects: readonly Effect[]): Promise<void> {
    await this.#perform(effects);
    this.#of.effects.settled();
  }

  async #perform(effects: readonly Effect[]): Promise<void> {
    const { effects: handlers } = this.#of;
    for (const effect of effects) {
      switch (effect.type) {
        case 'signAndBroadcast':
          await this.#sign(effect.message);
          break;
        case 'scheduleTimeout':
          handlers.schedule(effect);
          break;
        case 'build':
          handlers.build(effect);
          break;
        case 'validate':
        case 'needBlock':
          handlers.validate(effect);
          break;
        case 'commitBlock':
          await handlers.commit(effect);
          break;
        case 'newStep':
          handlers.newStep(effect);
          break;
        case 'evidence':
          handlers.evidence(effect);
          break;
        case 'halt':
          handlers.halt(effect);
          break;
      }
    }
  }

  async #sign(message: OwnMessage): Promise<void> {
    const { voter, clock, log, effects, turns } = this.#of;
    if (this.#isMute || !voter) return;
    const startedMs = clock.now();
    const outcome = await signOwnMessage(message, voter, log);
    effects.signingTook(clock.now() - startedMs);
    if (outcome.type === 'refused') return effects.refused(message);
    if (outcome.type === 'later') {
      effects.diskFailed(outcome.reason);
      return this.#retrySigning();
    }
    crashPoint('before-send');
    effects.broadcast(outcome.input);
    crashPoint('after-send');
    turns.addFirst(() => this.#take(outcome.input)); // logged already
  }

  /** Asks again for every own message that has no signature yet. */
  #retrySigning(): void {
    if (this.#isRetryDue) return;
    this.#isRetryDue = true;
    this.#again(async () => {
      this.#isRetryDue = false;
      const unsigned = outstandingEffects(this.#state).filter(({ type }) => type === 'signAndBroadcast');
      await this.#perform(unsigned);
    });
  }

  #again(work: () => Promise<void> | void): void {
    this.#of.clock.schedule(RETRY_MS, () => this.#of.turns.add(work));
  }
}
