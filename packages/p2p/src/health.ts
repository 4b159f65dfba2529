import type { Gossip } from './gossip.ts';
import { dropConnection, type NetworkContext } from './network-context.ts';

const TICK_MS = 500;
/** A tick that comes so late says that this thread was busy, not that the peers were silent. */
const STALL_MS = 500;

/**
 * Looks after all peers twice a second: sends heartbeats, and gives up connections that are silent, that do not take
 * what we send, or that fell out of the gossip. Returns what stops it.
 */
export function watchHealth(context: NetworkContext, gossip: Gossip): () => void {
  const { links, limits, now, options } = context;
  let expectedAtMs = now() + TICK_MS;

  const tick = (): void => {
    const nowMs = now();
    const lateMs = nowMs - expectedAtMs;
    expectedAtMs = nowMs + TICK_MS;
    const subscribers = gossip.subscribers();
    for (const link of links.all()) {
      if (lateMs > STALL_MS) link.lastReceivedMs = nowMs;
      link.outgoing.heartbeat();
      const isInGossip = subscribers.has(link.identity.peerId);
      link.joinedGossip ||= isInGossip;
      link.gossipAbsentSinceMs = isInGossip ? undefined : (link.gossipAbsentSinceMs ?? nowMs);
      const why = faultOf(link, nowMs);
      if (why === undefined) continue;
      options.log.info({ peerId: link.identity.peerId, why }, 'peer given up');
      dropConnection(link.connection, why);
    }
  };
  const faultOf = (link: ReturnType<typeof links.all>[number], nowMs: number): string | undefined => {
    if (nowMs - link.lastReceivedMs > limits.silenceMs) return 'silent';
    if (nowMs - (link.outgoing.fullSinceMs() ?? nowMs) > limits.outgoingFullMs) return 'its queue stays full';
    // Gossipsub drops a peer whose stream broke and never takes it back while the connection lasts.
    const absenceMs = nowMs - (link.gossipAbsentSinceMs ?? nowMs);
    const isLost = absenceMs > (link.joinedGossip ? limits.gossipLossMs : limits.gossipAbsenceMs);
    return isLost ? 'absent from the gossip' : undefined;
  };
  const timer = setInterval(tick, TICK_MS);
  return () => clearInterval(timer);
}
