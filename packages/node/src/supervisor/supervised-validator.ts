import { join } from 'node:path';
import type { BlockSummary } from '../execution/main-boundary.ts';
import type { ChildMessage, ReadyMessage } from './child-messages.ts';
import type { ChainValidator } from './open-chain.ts';
import { validatorFailed } from './supervisor-errors.ts';
import { startValidatorProcess, type ValidatorProcess } from './validator-process.ts';

/** How a validator is kept alive. */
export interface SupervisionOptions {
  readonly script: string;
  readonly restart: boolean;
  readonly restartDelayMs: { readonly first: number; readonly last: number };
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
  /** @throws HeddleError `VALIDATOR_FAILED` when it says that it cannot start, or ends and is not started again. */
  readonly firstReady: Promise<ReadyMessage>;
  stop(patienceMs: number): Promise<void>;
}

/** Ran so long: the next failure is a new one, and the wait begins from the first again. */
const STEADY_MS = 60_000;
/** The start takes long when it takes this. */
const SAY_EVERY_MS = 10_000;

/** Starts a validator's process and starts it again whenever it ends, after a wait that doubles. */
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
  readonly #name: string;
  readonly #validator: ChainValidator;
  readonly #options: SupervisionOptions;
  readonly #events: SupervisionEvents;
  #process: ValidatorProcess | undefined;
  #resolveReady: (ready: ReadyMessage) => void = () => undefined;
  #rejectReady: (error: Error) => void = () => undefined;
  #isStopping = false;
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
    this.#startedAt = performance.now();
    this.#failure = undefined;
    this.#sayTimer = setInterval(() => this.#events.say(`${this.#name}: still ${this.#step}`), SAY_EVERY_MS);
    this.#process = startValidatorProcess(
      {
        script: this.#options.script,
        args: ['node', '--datadir', folder],
        outputFile: join(folder, 'logs', 'output.log'),
      },
      { onMessage: (message) => this.#hear(message), onEnd: (how) => this.#end(how) },
    );
  }

  async stop(patienceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restartTimer);
    const endedItself = await this.#process?.stop(patienceMs);
    if (endedItself === false) this.#events.say(`${this.#name} did not end within ${patienceMs / 1_000} s: killed`);
  }

  #hear(message: ChildMessage): void {
    if (message.type === 'ready') this.#becomeReady(message);
    else if (message.type === 'block') this.#events.onBlock(message.summary);
    else if (message.type === 'warning') this.#events.say(`${this.#name}: ${message.line}`);
    else if (message.type === 'progress') this.#step = message.step;
    else this.#failure = message;
  }

  #becomeReady(ready: ReadyMessage): void {
    clearInterval(this.#sayTimer);
    const isRestart = this.ready !== undefined;
    this.ready = ready;
    this.#events.onReady(ready);
    this.#resolveReady(ready);
    if (isRestart) this.#events.say(`${this.#name} is back (pid ${this.pid}), at block ${ready.headNumber}`);
  }

  #end(how: string): void {
    clearInterval(this.#sayTimer);
    this.#process = undefined;
    this.#events.onDown();
    if (this.#isStopping) return;
    const failure = this.#failure;
    const why = failure ? `${failure.message}; ${failure.remedy ?? 'see its log'}` : how;
    if (this.ready === undefined && failure) {
      this.isGivenUp = true; // it said why: starting it again would only say it again
      this.#rejectReady(validatorFailed(this.#validator.index, failure.message, failure.remedy));
    } else if (this.#options.restart) this.#startAgain(why);
    else this.#giveUp(why);
  }

  #startAgain(why: string): void {
    const { first, last } = this.#options.restartDelayMs;
    if (performance.now() - this.#startedAt > STEADY_MS) this.#delayMs = first;
    this.#events.say(`${this.#name} ended (${why}); starting it again in ${this.#delayMs / 1_000} s`);
    this.#restartTimer = setTimeout(() => this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, last);
  }

  #giveUp(why: string): void {
    this.isGivenUp = true;
    this.#events.say(`${this.#name} ended (${why}); it stays down (--no-restart)`);
    this.#rejectReady(validatorFailed(this.#validator.index, `ended (${why})`, `see ${this.#validator.paths.logFile}`));
    this.#events.onGivenUp();
  }
}
