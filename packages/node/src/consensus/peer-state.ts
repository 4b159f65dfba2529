import type { PeerIdentity } from '@heddle/p2p';
import type { Vote } from '@heddle/primitives';
import type { RoundBits, Status } from './messages.ts';

/** Checks of signatures that one peer may cost, per second and at once. A hundred validators stay far below. */
const CHECKS_PER_SECOND = 2_000;
const CHECKS_AT_ONCE = 4_000;
/** After so long without a sign of arrival a message is sent again. */
const RESEND_AFTER_MS = 500;

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
  /** When `status` last changed, milliseconds. */
  statusSinceMs = 0;
  /** When our own status last went there. */
  toldMs = Number.NEGATIVE_INFINITY;
  readonly #has = new Set<string>();
  readonly #sentMs = new Map<string, number>();
  #checks = CHECKS_AT_ONCE;
  #checksMs = 0;

  constructor(identity: PeerIdentity) {
    this.identity = identity;
  }

  /** Takes a status over. What was known of an earlier height is forgotten. */
  heard(status: Status, nowMs: number): void {
    const isSame = this.status?.height === status.height && this.status.round === status.round;
    if (!isSame) this.statusSinceMs = nowMs;
    if (this.status?.height !== status.height) {
      this.#has.clear();
      this.#sentMs.clear();
    }
    this.status = status;
  }

  /** It sent this to us. */
  sent(key: string): void {
    if (this.#has.size < MAX_KEYS) this.#has.add(key);
  }

  /** It was given this; it is not to be sent again before long. */
  given(key: string, nowMs: number): void {
    if (this.#sentMs.size >= MAX_KEYS) this.#sentMs.clear();
    this.#sentMs.set(key, nowMs);
  }

  /** Whether sending `key` could be news to it. */
  mayLack(key: string, nowMs: number): boolean {
    return !this.#has.has(key) && nowMs - (this.#sentMs.get(key) ?? Number.NEGATIVE_INFINITY) >= RESEND_AFTER_MS;
  }

  /** Takes one signature check from its share; false when that is used up. */
  takeCheck(nowMs: number): boolean {
    const refilled = this.#checks + ((nowMs - this.#checksMs) * CHECKS_PER_SECOND) / 1_000;
    this.#checks = Math.min(CHECKS_AT_ONCE, refilled);
    this.#checksMs = nowMs;
    if (this.#checks < 1) return false;
    this.#checks--;
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
