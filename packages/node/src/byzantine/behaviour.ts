import type { LinkFaults, Network, NetworkRequest, SeededRandom } from '@heddle/p2p';
import type { Address } from '@heddle/primitives';
import type { SignRequest } from '../consensus/authenticity.ts';
import type { PeerMessage } from '../consensus/messages.ts';

/** What a behaviour works with. */
export interface ByzantineContext {
  /** Sends past the behaviour. */
  readonly network: Pick<Network, 'peers' | 'sendConsensus'>;
  readonly self: Address;
  /** Signs whatever it is given: the signer, which would refuse, is not asked and does not know. */
  sign(message: SignRequest): Uint8Array;
  readonly random: SeededRandom;
}

/** A consensus message on its way out. */
export interface Outgoing {
  readonly peerId: string;
  readonly message: PeerMessage;
  readonly bytes: Uint8Array;
}

/** One way of being faulty. What is left out is done honestly. */
export interface Behaviour {
  /** What leaves instead of a vote or proposal of this validator, in order. */
  sendOwn?(outgoing: Outgoing): readonly Uint8Array[];
  /** A vote or proposal of somebody else is here. */
  hear?(message: PeerMessage): void;
  /** The answer to a request; `honest` gives what this node would answer to any. */
  answer?(
    request: NetworkRequest,
    honest: (request: NetworkRequest) => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined>;
  /** How answers leave: a part of the fault layer of the network. */
  readonly sendAnswer?: LinkFaults['sendAnswer'];
  stop?(): void;
}
