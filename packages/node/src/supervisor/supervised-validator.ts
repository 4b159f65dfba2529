import { join } from 'node:path';
import type { BlockSummary } from '../execution/main-boundary.ts';
import { type FaultSettings, settingsAsEnvironment } from '../faults/fault-settings.ts';
import type { ChildMessage, NodeStatus, ReadyMessage } from './child-messages.ts';
import type { ChainValidator } from './open-chain.ts';
import { ProcessBrake } from './process-brake.ts';
import { validatorFailed } from './supervisor-errors.ts';
import { startValidatorProcess, type ValidatorProcess } from './validator-process.ts';

/** How a validator is kept alive. */
export interface SupervisionOptions {
  readonly script: string;
  readonly restart: boolean;
  readonly restartDelayMs: { readonly first: number; readonly last: number };
  /** What is wrong on purpose at this validator now. */
  faults(): FaultSettings;
}

/** What the devnet hears of one validator. */
export interface SupervisionEvents {
  say(line: string): void;
  /** At the first start and after each restart. */
  onReady(ready: ReadyMessage): void;
  onBlock(summary: BlockSummary): void;
  /** Its process has ended. */
  onDown(): void;
  /** It is down and stays down. */
  onGivenUp(): void;
}

/** One validator through all of its processes. */
export interface SupervisedValidator {
  readonly pid: number | undefined;
  /** Of the newest process that was ready; undefined before the first. */
  readonly ready: ReadyMessage | undefined;
  readonly isGivenUp: boolean;
  /** Its process of now serves RPC. */
  readonly isReady: boolean;
  /** The highest block that it has told of. */
  readonly knownHead: number;
  /** Killed on purpose: down until it is started again. */
  readonly isHeldDown: boolean;
  /** What stops or slows its process. */
  readonly brake: ProcessBrake;
  /** @throws HeddleError `VALIDATOR_FAILED` when it says that it cannot start, or ends and is not started again. */
  readonly firstReady: Promise<ReadyMessage>;
  /** Where its node stands; undefined: no process, or it does not answer in time. */
  status(): Promise<NodeStatus | undefined>;
  /** Tells its process what is wrong on purpose now; a process that starts is told anyway. */
  tellFaults(): void;
  /** Ends its process at once; it stays down until {@link SupervisedValidator.startAgain}. */
  holdDown(): Promise<void>;
  /**
   * Starts it, or, where it runs, ends it first. Resolves when it serves RPC.
   *
   * @throws HeddleError `VALIDATOR_FAILED`
   */
  startAgain(patienceMs: number): Promise<ReadyMessage>;
  stop(patienceMs: number): Promise<void>;
}

/** A process that is busy answers within this; a stopped one does not. */
const STATUS_PATIENCE_MS = 1_000;
/** Ran so long: the next failure is a new one, and the wait begins from the first again. */
const STEADY_MS = 60_000;
/**
 * Ends for want of a disk that can be written. Somebody makes room or nobody does: neither comes sooner by waiting longer,
 * and a start that fails again costs next to nothing.
 */
const DISK_FAILURES: ReadonlySet<string> = new Set([
  'STORE_UNWRITABLE',
  'STORE_UNREADABLE', // opening LevelDB writes
  'WAL_UNWRITABLE',
  'WAL_LOST',
  'SIGNER_UNWRITABLE',
  'SIGNER_LOST',
  'FILE_UNWRITABLE',
]);
/** The start takes long when it takes this. */
const SAY_EVERY_MS = 10_000;

/**
 * Starts a validator's process and starts it again whenever it ends, after a wait that doubles; after the first wait each
 * time while its disk cannot be written.
 */
export function superviseValidator(
  validator: ChainValidator,
  options: SupervisionOptions,
  events: SupervisionEvents,
): SupervisedValidator {
  const one = new SupervisedProcesses(validator, options, events);
  one.start();
  return one;
}

class SupervisedProcesses implements SupervisedValidator {
  readonly firstReady: Promise<ReadyMessage>;
  ready: ReadyMessage | undefined;
  isGivenUp = false;
  isReady = false;
  knownHead = 0;
  isHeldDown = false;
  readonly brake = new ProcessBrake((name) => this.#process?.signal(name));
  readonly #name: string;
  readonly #validator: ChainValidator;
  readonly #options: SupervisionOptions;
  readonly #events: SupervisionEvents;
  #process: ValidatorProcess | undefined;
  #resolveReady: (ready: ReadyMessage) => void = () => undefined;
  #rejectReady: (error: Error) => void = () => undefined;
  #isStopping = false;
  #isStartedAgain = false;
  /** Whoever waits for the next process to be ready. */
  #awaiting: { resolve(ready: ReadyMessage): void; reject(error: Error): void }[] = [];
  readonly #questions = new Map<number, (status: NodeStatus) => void>();
  #lastQuestion = 0;
  #startedAt = 0;
  #delayMs: number;
  #failure: Extract<ChildMessage, { type: 'failed' }> | undefined;
  #step = 'starting';
  #restartTimer: NodeJS.Timeout | undefined;
  #sayTimer: NodeJS.Timeout | undefined;

  constructor(validator: ChainValidator, options: SupervisionOptions, events: SupervisionEvents) {
    this.#name = `validator ${validator.index}`;
    this.#validator = validator;
    this.#options = options;
    this.#events = events;
    this.#delayMs = options.restartDelayMs.first;
    this.firstReady = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.firstReady.catch(() => undefined); // the devnet awaits it later than it may fail
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    const { folder } = this.#validator.paths;
    this.#isStartedAgain = false;
    this.isGivenUp = false;
    this.#startedAt = performance.now();
    this.#failure = undefined;
    this.#sayTimer = setInterval(() => this.#events.say(`${this.#name}: still ${this.#step}`), SAY_EVERY_MS);
    this.#process = startValidatorProcess(
      {
        script: this.#options.script,
        args: ['node', '--datadir', folder],
        outputFile: join(folder, 'logs', 'output.log'),
        env: settingsAsEnvironment(this.#options.faults()),
      },
      { onMessage: (message) => this.#hear(message), onEnd: (how) => this.#end(how) },
    );
  }

  async status(): Promise<NodeStatus | undefined> {
    const question = ++this.#lastQuestion;
    const answer = new Promise<NodeStatus>((resolve) => this.#questions.set(question, resolve));
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#process ? STATUS_PATIENCE_MS : 0);
    });
    this.#process?.tell({ type: 'status', question });
    const status = await Promise.race([answer, timeUp]);
    clearTimeout(timer);
    this.#questions.delete(question);
    return status;
  }

  tellFaults(): void {
    this.#process?.tell({ type: 'faults', settings: this.#options.faults() });
  }

  async holdDown(): Promise<void> {
    this.isHeldDown = true;
    this.#isStartedAgain = false;
    clearTimeout(this.#restartTimer);
    const process = this.#process;
    process?.signal('SIGKILL');
    await process?.ended;
  }

  async startAgain(patienceMs: number): Promise<ReadyMessage> {
    if (this.#isStopping) throw validatorFailed(this.#validator.index, 'the devnet is ending', undefined);
    this.isHeldDown = false;
    clearTimeout(this.#restartTimer);
    const ready = new Promise<ReadyMessage>((resolve, reject) => this.#awaiting.push({ resolve, reject }));
    this.#isStartedAgain = true;
    this.brake.release();
    if (this.#process) await this.#process.stop(patienceMs);
    else this.start();
    return ready;
  }

  async stop(patienceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restartTimer);
    this.brake.release();
    const endedItself = await this.#process?.stop(patienceMs);
    if (endedItself === false) this.#events.say(`${this.#name} did not end within ${patienceMs / 1_000} s: killed`);
  }

  #hear(message: ChildMessage): void {
    if (message.type === 'ready') this.#becomeReady(message);
    else if (message.type === 'block') this.#hearBlock(message.summary);
    else if (message.type === 'warning') this.#events.say(`${this.#name}: ${message.line}`);
    else if (message.type === 'progress') this.#step = message.step;
    else if (message.type === 'status') this.#questions.get(message.question)?.(message.status);
    else this.#failure = message;
  }

  #hearBlock(summary: BlockSummary): void {
    this.knownHead = Math.max(this.knownHead, summary.number);
    this.#events.onBlock(summary);
  }

  #becomeReady(ready: ReadyMessage): void {
    this.isReady = true;
    this.knownHead = Math.max(this.knownHead, ready.headNumber);
    clearInterval(this.#sayTimer);
    const isRestart = this.ready !== undefined;
    this.ready = ready;
    this.#events.onReady(ready);
    this.#resolveReady(ready);
    for (const { resolve } of this.#awaiting.splice(0)) resolve(ready);
    if (isRestart) this.#events.say(`${this.#name} is back (pid ${this.pid}), at block ${ready.headNumber}`);
  }

  #end(how: string): void {
    clearInterval(this.#sayTimer);
    this.#process = undefined;
    this.isReady = false;
    this.brake.replaced();
    this.#events.onDown();
    if (this.#isStartedAgain && !this.#isStopping) {
      this.start();
      return;
    }
    const failure = this.#failure;
    const why = failure ? `${failure.message}; ${failure.remedy ?? 'see its log'}` : how;
    const failed = validatorFailed(this.#validator.index, `ended (${why})`, `see ${this.#validator.paths.logFile}`);
    for (const { reject } of this.#awaiting.splice(0)) reject(failed);
    if (this.#isStopping || this.isHeldDown) return;
    if (this.ready === undefined && failure) {
      this.isGivenUp = true; // it said why: starting it again would only say it again
      this.#rejectReady(validatorFailed(this.#validator.index, failure.message, failure.remedy));
    } else if (this.#options.restart) this.#startLater(why);
    else this.#giveUp(why, failed);
  }

  #startLater(why: string): void {
    const { first, last } = this.#options.restartDelayMs;
    if (performance.now() - this.#startedAt > STEADY_MS) this.#delayMs = first;
    const isDiskFailure = this.#failure !== undefined && DISK_FAILURES.has(this.#failure.code);
    const delayMs = isDiskFailure ? first : this.#delayMs;
    this.#events.say(`${this.#name} ended (${why}); starting it again in ${delayMs / 1_000} s`);
    this.#restartTimer = setTimeout(() => this.start(), delayMs);
    if (!isDiskFailure) this.#delayMs = Math.min(this.#delayMs * 2, last);
  }

  #giveUp(why: string, failed: Error): void {
    this.isGivenUp = true;
    this.#events.say(`${this.#name} ended (${why}); it stays down (--no-restart)`);
    this.#rejectReady(failed);
    this.#events.onGivenUp();
  }
}
