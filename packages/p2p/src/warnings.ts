import type { NetworkLog } from './ports.ts';

/** Warnings about peers, each given once until the peer is connected: a dial a second must not fill the log. */
export interface Warnings {
  /** `kind` tells the warnings about one peer apart. */
  warnOnce(peerId: string, kind: string, fields: object, message: string): void;
  /** The peer is well: the next warning about it is news again. */
  clear(peerId: string): void;
}

/** Peers remembered at most; above it all are forgotten. */
const REMEMBERED_PEERS = 1_024;

/** No warnings given yet. */
export function createWarnings(log: NetworkLog): Warnings {
  const given = new Map<string, Set<string>>();
  return {
    warnOnce(peerId, kind, fields, message) {
      const kinds = given.get(peerId) ?? new Set();
      if (kinds.has(kind)) return;
      if (given.size >= REMEMBERED_PEERS) given.clear();
      given.set(peerId, kinds.add(kind));
      log.warn(fields, message);
    },
    clear: (peerId) => void given.delete(peerId),
  };
}
