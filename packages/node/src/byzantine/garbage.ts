import type { Behaviour, ByzantineContext } from './behaviour.ts';

const EVERY_MS = 100;
const MAX_BYTES = 2_048;
/** The tags of the consensus stream, and one that is none: what follows is random. */
const TAGS = 4;

/** Sends random bytes beside what it should, and answers requests with them. */
export function garbage({ network, random }: ByzantineContext): Behaviour {
  const some = (): Uint8Array => {
    const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * MAX_BYTES) }, () => Math.floor(random() * 256));
    bytes[0] = 1 + Math.floor(random() * TAGS);
    return bytes;
  };
  const timer = setInterval(() => {
    for (const { peerId } of network.peers()) network.sendConsensus(peerId, some());
  }, EVERY_MS);
  return {
    answer: async () => some(),
    stop: () => clearInterval(timer),
  };
}
