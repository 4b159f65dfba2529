import type { LinkFaults, NetworkRequest } from '@heddle/p2p';
import { HeddleError } from '@heddle/primitives';
import { decodePeerMessage, type PeerMessage } from '../consensus/messages.ts';
import type { ByzantineKind } from '../faults/fault-settings.ts';
import { amnesia } from './amnesia.ts';
import type { Behaviour, ByzantineContext } from './behaviour.ts';
import { drip } from './drip.ts';
import { equivocate } from './equivocate.ts';
import { garbage } from './garbage.ts';
import { late } from './late.ts';
import { lieBlocks } from './lie-blocks.ts';
import { silent } from './silent.ts';

// Validators that lie, for tests of everybody else. A devnet's supervisor has one of its validators load this module
// when somebody asks for it (heddle fault byzantine); no other node ever does. The honest core goes on underneath: a
// behaviour changes what leaves this node, and signs past the signer what it needs for that.

const BEHAVIOURS: Readonly<Record<ByzantineKind, (context: ByzantineContext) => Behaviour>> = {
  equivocate,
  silent,
  late,
  amnesia,
  garbage,
  'lie-blocks': lieBlocks,
  drip: () => drip,
};

/** What stands between an honest node and its network. */
export interface Byzantine {
  sendConsensus(peerId: string, bytes: Uint8Array): boolean;
  /** Whether the honest node is to see what a peer sent. */
  passes(bytes: Uint8Array): boolean;
  answer(
    request: NetworkRequest,
    honest: (request: NetworkRequest) => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined>;
  /** How answers leave; undefined: as always. */
  readonly sendAnswer: LinkFaults['sendAnswer'] | undefined;
  stop(): void;
}

/** Begins to behave in that way. */
export function turnByzantine(kind: ByzantineKind, context: ByzantineContext): Byzantine {
  const { network, self } = context;
  const behaviour = BEHAVIOURS[kind](context);
  return {
    sendAnswer: behaviour.sendAnswer,
    stop: () => behaviour.stop?.(),
    sendConsensus(peerId, bytes) {
      const message = decodePeerMessage(bytes); // our own: it is well-formed
      if (!behaviour.sendOwn || signerOf(message) !== self) return network.sendConsensus(peerId, bytes);
      return behaviour.sendOwn({ peerId, message, bytes }).every((other) => network.sendConsensus(peerId, other));
    },
    passes(bytes) {
      const message = decoded(bytes);
      // A second signature of its own, come back by a peer, would silence the honest core for good.
      if (message === undefined || signerOf(message) === self) return message === undefined;
      behaviour.hear?.(message);
      return true;
    },
    async answer(request, honest) {
      return behaviour.answer ? behaviour.answer(request, honest) : honest(request);
    },
  };
}

function signerOf(message: PeerMessage): string | undefined {
  if (message.type === 'status') return undefined;
  return message.type === 'vote' ? message.vote.validator : message.proposal.validator;
}

/** Undefined: it is for the honest node to say what is wrong with it. */
function decoded(bytes: Uint8Array): PeerMessage | undefined {
  try {
    return decodePeerMessage(bytes);
  } catch (error) {
    if (error instanceof HeddleError) return undefined;
    throw error;
  }
}
