import { isOverOneThird, powerOf, type ValidatorSet } from '@heddle/consensus';
import type { Address } from '@heddle/primitives';
import type { ChainHead } from './chain-head.ts';
import type { DriverClock } from './driver-ports.ts';
import { type PaceRules, type PaceSituation, roundStartMs } from './pacing.ts';

/** Heights ahead whose first messages are remembered. */
const KEPT_HEIGHTS = 4;
/** A head whose time lies far ahead of the clock is looked at again, and no timer overflows. */
const LONGEST_DELAY_MS = 60_000;

/** Decides when round 0 of the coming height begins, and says so once. */
export class RoundStart {
  readonly #clock: DriverClock;
  readonly #rules: PaceRules;
  readonly #begin: (height: number) => void;
  readonly #heard = new Map<number, Set<Address>>();
  #head: ChainHead | undefined;
  #hasExecutable = false;
  #callOff: (() => void) | undefined;
  #isHeld = false;

  constructor(clock: DriverClock, rules: PaceRules, begin: (height: number) => void) {
    this.#clock = clock;
    this.#rules = rules;
    this.#begin = begin;
  }

  /** The height after `head` waits for its first round. */
  await(head: ChainHead): void {
    this.#head = head;
    this.#hasExecutable = false; // the pool says so for every head
    const height = head.info.number + 1;
    for (const kept of this.#heard.keys()) if (kept < height) this.#heard.delete(kept);
    this.#plan();
  }

  /** Nothing begins until {@link RoundStart.release}: there is nobody to decide with at present. */
  hold(): void {
    this.#isHeld = true;
    this.#callOff?.();
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#plan();
  }

  /** Round 0 has begun, or the height is over: nothing is planned any more. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    this.#head = undefined;
  }

  /** A proposal or vote of `height` by a member of the set came. */
  heard(height: number, validator: Address): void {
    const next = (this.#head?.info.number ?? height - 1) + 1;
    if (height < next || height > next + KEPT_HEIGHTS) return;
    const voices = this.#heard.get(height) ?? new Set();
    this.#heard.set(height, voices);
    if (voices.has(validator)) return;
    voices.add(validator);
    if (height === next) this.#plan();
  }

  /** Whether a block on the head would hold transactions. */
  executable(hasExecutable: boolean): void {
    if (this.#hasExecutable === hasExecutable) return;
    this.#hasExecutable = hasExecutable;
    this.#plan();
  }

  #plan(): void {
    const head = this.#head;
    this.#callOff?.();
    if (!head || this.#isHeld) return;
    const height = head.info.number + 1;
    const situation: PaceSituation = {
      parentMs: head.timestampMs,
      storedMs: head.storedMs,
      height,
      busyBlock: head.busyBlock,
      hasExecutable: this.#hasExecutable,
      heard: voiceOf(this.#heard.get(height), head.validators),
    };
    const dueMs = roundStartMs(situation, this.#rules);
    const delayMs = Math.min(Math.max(0, dueMs - this.#clock.now()), LONGEST_DELAY_MS);
    this.#callOff = this.#clock.schedule(delayMs, () => {
      if (this.#isHeld || this.#clock.now() < dueMs) return this.#plan();
      this.stop();
      this.#begin(height);
    });
  }
}

function voiceOf(voices: ReadonlySet<Address> | undefined, validators: ValidatorSet): PaceSituation['heard'] {
  if (!voices || voices.size === 0) return 'nothing';
  const power = [...voices].reduce((sum, validator) => sum + powerOf(validators, validator), 0n);
  return isOverOneThird(validators, power) ? 'overOneThird' : 'something';
}
