import type { Connections } from './connections.ts';
import type { NetworkContext } from './network-context.ts';
import type { Redialer } from './redialer.ts';

/** Lets inbound connections in, by peer id (proven by noise) and before anything else is done for them. */
export interface Gate {
  denies(peerId: string): boolean;
  /** Connected, or let in a moment ago: not to be dialled. */
  isTaken(peerId: string): boolean;
}

/** Between being let in and being open, a connection is upgraded. */
const UPGRADE_MS = 3_000;

/**
 * One connection for each pair: whoever is connected, or let in, is not dialled, and when two peers dial each other at
 * the same time the one with the higher peer id turns the other's dial away.
 */
export function createGate(
  context: NetworkContext,
  ownPeerId: string,
  parts: { readonly redialer: Redialer; readonly connections: Connections },
): Gate {
  const { limits, now, reputation } = context;
  const { redialer, connections } = parts;
  const letInAtMs = new Map<string, number>();
  return {
    denies(peerId) {
      for (const [id, atMs] of letInAtMs) if (now() - atMs > UPGRADE_MS) letInAtMs.delete(id);
      if (reputation.isCutOff(peerId) && !context.isThrottled(peerId)) return true;
      if (redialer.isDialingFreshly(peerId) && ownPeerId > peerId) return true;
      if (connections.has(peerId)) return true;
      // Strangers that say nothing must not take the places of those we know.
      if (connections.ungreeted >= limits.ungreeted && !context.configured.has(peerId)) return true;
      letInAtMs.set(peerId, now());
      return false;
    },
    isTaken(peerId) {
      if (connections.has(peerId)) return true;
      const letIn = letInAtMs.get(peerId);
      return letIn !== undefined && now() - letIn < UPGRADE_MS;
    },
  };
}
