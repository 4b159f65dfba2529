import type { PeerIdentity } from '@heddle/p2p';
import type { Vote } from '@heddle/primitives';
import { elapsedMs } from './elapsed.ts';
import type { RoundBits, Status } from './messages.ts';

/** Checks of signatures that one peer may cost, per second and at once. A hundred validators stay far below. */
const CHECKS: Allowance = { perSecond: 2_000, atOnce: 4_000 };
/** Messages of any kind that are read of one peer. */
const MESSAGES: Allowance = { perSecond: 4_000, atOnce: 16_000 };
/** A message without a sign of arrival is sent again with the next tick, from the third time on less and less often. */
const FIRST_RESEND_MS = 90;
const QUICK_RESENDS = 3;
const LONGEST_RESEND_MS = 1_000;

/** Names kept of one peer and height; a correct network needs a few hundred. */
const MAX_KEYS = 20_000;

/** The name of one vote, whoever sends it. */
export function voteKey({ height, round, kind, validator, blockId }: Vote): string {
  return `${height}/${round}/${kind}/${validator}/${blockId ?? 'nil'}`;
}

/** What one connected peer is known to have, by what it says, what it sent and what it was sent. */
export class PeerState {
  readonly identity: PeerIdentity;
  status: Status | undefined;
  /** When a status last came, milliseconds. */
  heardMs = Number.NEGATIVE_INFINITY;
  /** When our own status last went there. */
  toldMs = Number.NEGATIVE_INFINITY;
  /** When it was last given what it lacks. */
  suppliedMs = Number.NEGATIVE_INFINITY;
  #highest = 0;
  readonly #has = new Set<string>();
  readonly #sent = new Map<string, { readonly atMs: number; readonly count: number }>();
  readonly #checks = new Budget(CHECKS);
  readonly #messages = new Budget(MESSAGES);

  constructor(identity: PeerIdentity) {
    this.identity = identity;
  }

  /**
   * Takes a status over. What was known of an earlier height is forgotten, but only on the way up: who goes to and fro
   * would be sent everything each time.
   */
  heard(status: Status, nowMs: number): void {
    this.heardMs = nowMs;
    if (status.height > this.#highest) {
      this.#highest = status.height;
      this.#has.clear();
      this.#sent.clear();
    }
    this.status = status;
  }

  /** It sent this to us. */
  sent(key: string): void {
    if (this.#has.size < MAX_KEYS) this.#has.add(key);
  }

  /** It was given this; it is not to be sent again before long. */
  given(key: string, nowMs: number): void {
    if (this.#sent.size >= MAX_KEYS) this.#sent.clear();
    this.#sent.set(key, { atMs: nowMs, count: (this.#sent.get(key)?.count ?? 0) + 1 });
  }

  /** Whether sending `key` could be news to it. */
  mayLack(key: string, nowMs: number): boolean {
    if (this.#has.has(key)) return false;
    const sent = this.#sent.get(key);
    if (!sent) return true;
    const pauseMs = FIRST_RESEND_MS * 2 ** Math.max(0, sent.count - QUICK_RESENDS);
    return elapsedMs(nowMs, sent.atMs) >= Math.min(pauseMs, LONGEST_RESEND_MS);
  }

  /** Takes one message from its share; false when that is used up. */
  takeMessage(nowMs: number): boolean {
    return this.#messages.take(nowMs);
  }

  /** Takes one signature check from its share; false when that is used up. */
  takeCheck(nowMs: number): boolean {
    return this.#checks.take(nowMs);
  }
}

interface Allowance {
  readonly perSecond: number;
  readonly atOnce: number;
}

class Budget {
  readonly #of: Allowance;
  #left: number;
  #atMs = 0;

  constructor(of: Allowance) {
    this.#of = of;
    this.#left = of.atOnce;
  }

  take(nowMs: number): boolean {
    const { perSecond, atOnce } = this.#of;
    this.#left = Math.min(atOnce, this.#left + (Math.max(0, nowMs - this.#atMs) * perSecond) / 1_000);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** Whether bit `index` is set in `bits`, as a status carries them. */
export function hasBit(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/** What `status` says of `round`; undefined: nothing is known there. */
export function roundOf(status: Status, round: number): RoundBits | undefined {
  return status.rounds.find((bits) => bits.round === round);
}
