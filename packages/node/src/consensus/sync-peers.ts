import { elapsedMs } from './elapsed.ts';

/** Why a peer is left alone for a while. */
export type SyncOffence =
  /** It had nothing, was busy or went away. */
  | 'unhelpful'
  /** Its answer did not come, or dripped. */
  | 'slow'
  /** What it gave is no answer, or not what was decided. */
  | 'dishonest';

/** How long a peer rests after the first offence, and at most: each further one before any good answer doubles it. */
const REST_MS: Readonly<Record<SyncOffence, { readonly first: number; readonly longest: number }>> = {
  unhelpful: { first: 500, longest: 30_000 },
  // Behind a network that loses messages every peer is slow at times.
  slow: { first: 1_000, longest: 60_000 },
  dishonest: { first: 60_000, longest: 600_000 },
};
/** Requests under way at one peer. */
const REQUESTS_PER_PEER = 2;
/** Peers whose rests are remembered after they went away. */
const MAX_RESTING = 1_024;

interface Rest {
  readonly offence: SyncOffence;
  readonly sinceMs: number;
  readonly lengthMs: number;
}

/** The peers that blocks may be asked of: how far each is, how busy, and who is left alone. */
export class SyncPeers {
  readonly #now: () => number;
  /** Head of each connected peer, as it says. */
  readonly #heads = new Map<string, number>();
  readonly #rests = new Map<string, Rest>();
  readonly #underWay = new Map<string, number>();
  /** Orders peers that are equally busy: who was asked longest ago comes first. */
  readonly #askedAt = new Map<string, number>();
  #askedCount = 0;

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  heard(peerId: string, head: number): void {
    this.#heads.set(peerId, head);
  }

  gone(peerId: string): void {
    this.#heads.delete(peerId);
    this.#askedAt.delete(peerId);
  }

  /** The highest head that any peer claims which is not left alone; 0 for none. */
  highest(): number {
    let highest = 0;
    for (const [peerId, head] of this.#heads) if (head > highest && !this.#isResting(peerId)) highest = head;
    return highest;
  }

  /** Who is to be asked for `height` now: the least busy of those that have it, but none of `except`. */
  pick(height: number, except: readonly string[] = []): string | undefined {
    let best: string | undefined;
    let least = [REQUESTS_PER_PEER, 0];
    for (const [peerId, head] of this.#heads) {
      const load = [this.#underWay.get(peerId) ?? 0, this.#askedAt.get(peerId) ?? 0];
      if (head < height || !isLess(load, least) || except.includes(peerId) || this.#isResting(peerId)) continue;
      [best, least] = [peerId, load];
    }
    return best;
  }

  /** A request to it begins; {@link SyncPeers.answered} must follow. */
  asked(peerId: string): void {
    this.#underWay.set(peerId, (this.#underWay.get(peerId) ?? 0) + 1);
    this.#askedAt.set(peerId, ++this.#askedCount);
  }

  answered(peerId: string): void {
    const left = (this.#underWay.get(peerId) ?? 0) - 1;
    if (left > 0) this.#underWay.set(peerId, left);
    else this.#underWay.delete(peerId);
  }

  /** Blocks of it were good: earlier offences are forgotten, but for a lie that it rests for: it gave them before. */
  helped(peerId: string): void {
    if (this.#rests.get(peerId)?.offence === 'dishonest' && this.#isResting(peerId)) return;
    this.#rests.delete(peerId);
  }

  /** It is not asked for some time. */
  offended(peerId: string, offence: SyncOffence): void {
    const { first, longest } = REST_MS[offence];
    const before = this.#rests.get(peerId)?.lengthMs ?? 0;
    const lengthMs = Math.min(Math.max(first, before * 2), Math.max(longest, before));
    this.#rests.delete(peerId); // to the end of the order
    this.#rests.set(peerId, { offence, sinceMs: this.#now(), lengthMs });
    for (const oldest of this.#rests.keys()) {
      if (this.#rests.size <= MAX_RESTING) break;
      this.#rests.delete(oldest);
    }
  }

  #isResting(peerId: string): boolean {
    const rest = this.#rests.get(peerId);
    return rest !== undefined && elapsedMs(this.#now(), rest.sinceMs) < rest.lengthMs;
  }
}

function isLess(left: readonly number[], right: readonly number[]): boolean {
  const [leftFirst = 0, leftSecond = 0] = left;
  const [rightFirst = 0, rightSecond = 0] = right;
  return leftFirst < rightFirst || (leftFirst === rightFirst && leftSecond < rightSecond);
}
