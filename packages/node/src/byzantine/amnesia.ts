import type { Hash } from '@heddle/primitives';
import { encodePeerMessage } from '../consensus/messages.ts';
import type { Behaviour, ByzantineContext } from './behaviour.ts';

/** Proposals that are remembered. */
const MAX_PROPOSALS = 64;

/**
 * Forgets its lock: prevotes whatever is proposed in each round, also where it has precommitted another block before
 * and nothing has released it since (lines 22 to 33 of the algorithm).
 */
export function amnesia({ self, sign }: ByzantineContext): Behaviour {
  const proposed = new Map<string, Hash>();
  return {
    hear(message) {
      if (message.type !== 'proposal') return;
      const { height, round, blockId } = message.proposal;
      proposed.set(`${height}/${round}`, blockId);
      for (const oldest of proposed.keys()) {
        if (proposed.size <= MAX_PROPOSALS) break;
        proposed.delete(oldest);
      }
    },
    sendOwn({ message, bytes }) {
      if (message.type !== 'vote' || message.vote.kind !== 'prevote') return [bytes];
      const { kind, height, round } = message.vote;
      const blockId = proposed.get(`${height}/${round}`);
      if (blockId === undefined || blockId === message.vote.blockId) return [bytes];
      const vote = { kind, height, round, blockId };
      const signature = sign({ type: 'vote', vote });
      return [encodePeerMessage({ type: 'vote', vote: { ...vote, validator: self, signature } })];
    },
  };
}
