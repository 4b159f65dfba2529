import type { NetworkLimits } from './limits.ts';

/** The scores of all peers that offended lately: 0 is clean, one point comes back each second. */
export interface Reputation {
  /** Counts an offence. True when it brought the peer to the cut-off just now. */
  penalize(peerId: string, points: number): boolean;
  /** Whether the peer is cut off (a validator: throttled) at this moment. */
  isCutOff(peerId: string): boolean;
  /** Milliseconds until the cut-off ends; 0 for none. */
  remainingMs(peerId: string): number;
  score(peerId: string): number;
}

interface Standing {
  score: number;
  /** When `score` was right. */
  atMs: number;
  cutOffUntilMs: number;
}

/** Above this the oldest entry that is not cut off makes room: new ids cost an attacker nothing. */
const REMEMBERED_PEERS = 1_024;
/** Above this the oldest entry makes room in any case. */
const REMEMBERED_CUT_OFFS = 4_096;

/** An empty record. `now` is a monotonic clock in milliseconds. */
export function createReputation(
  limits: Pick<NetworkLimits, 'cutOffScore' | 'cutOffMs'>,
  now: () => number,
): Reputation {
  const standings = new Map<string, Standing>();
  const scoreOf = (standing: Standing): number =>
    Math.min(0, standing.score + Math.floor((now() - standing.atMs) / 1_000));
  const remainingMs = (peerId: string): number => Math.max(0, (standings.get(peerId)?.cutOffUntilMs ?? 0) - now());
  const forgetOne = (): void => {
    for (const peerId of standings.keys()) {
      if (remainingMs(peerId) > 0 && standings.size <= REMEMBERED_CUT_OFFS) continue;
      standings.delete(peerId);
      return;
    }
  };

  return {
    penalize(peerId, points) {
      const known = standings.get(peerId);
      let score = (known ? scoreOf(known) : 0) - points;
      const cutOff = score <= -limits.cutOffScore;
      // It begins again at half the way, so that a second offence after the time weighs more than the first.
      if (cutOff) score = -limits.cutOffScore / 2;
      const cutOffUntilMs = cutOff ? now() + limits.cutOffMs : (known?.cutOffUntilMs ?? 0);
      standings.delete(peerId); // to the end of the order
      standings.set(peerId, { score, atMs: now(), cutOffUntilMs });
      if (standings.size > REMEMBERED_PEERS) forgetOne();
      return cutOff;
    },
    isCutOff: (peerId) => remainingMs(peerId) > 0,
    remainingMs,
    score(peerId) {
      const standing = standings.get(peerId);
      return standing ? scoreOf(standing) : 0;
    },
  };
}
