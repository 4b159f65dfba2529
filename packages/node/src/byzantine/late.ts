import type { Behaviour, ByzantineContext } from './behaviour.ts';

/** By then the others have decided, as long as they are enough. */
const LATE_MS = 900;

/** Votes and proposes as it should, and too late for it to matter. */
export function late({ network }: ByzantineContext): Behaviour {
  const timers = new Set<NodeJS.Timeout>();
  return {
    sendOwn({ peerId, bytes }) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        network.sendConsensus(peerId, bytes);
      }, LATE_MS);
      timers.add(timer);
      return [];
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
