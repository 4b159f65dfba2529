import type { NetworkRequest, PeerIdentity } from '@heddle/p2p';
import { HeddleError } from '@heddle/primitives';
import type { FakeClock } from '@heddle/testkit';
import type { DriverNetwork } from '../../src/consensus/driver-ports.ts';
import { decodePeerMessage } from '../../src/consensus/messages.ts';

/** What a node does with what it receives; a driver fits. */
export interface FakeNetworkHandlers {
  onConsensusMessage(message: Uint8Array, from: PeerIdentity): boolean;
  onRequest(request: NetworkRequest, from: PeerIdentity): Promise<Uint8Array | undefined>;
  onPeerConnected(peer: PeerIdentity): void;
  onPeerDisconnected(peer: PeerIdentity): void;
}

/** A network in one process: every message arrives after `delayMs` of the fake clock, or never. */
export class FakeNetwork {
  readonly #clock: FakeClock;
  readonly #nodes = new Map<string, { identity: PeerIdentity; handlers: FakeNetworkHandlers }>();
  delayMs = 1;
  /** Messages for which this is true are lost. */
  isLost: (from: string, to: string, message: Uint8Array) => boolean = () => false;
  /** What arrives instead of a message. */
  change: (from: string, to: string, message: Uint8Array) => Uint8Array = (_from, _to, message) => message;
  /** Offences by who committed them. */
  readonly penalties: { readonly peerId: string; readonly why: string }[] = [];
  malformed = 0;
  /** What each validator signed for each height, round and step, of all that was ever sent. */
  readonly signed = new Map<string, string>();
  /** Places at which a validator signed two different things. */
  readonly doubleSigned: string[] = [];
  sent = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** The network as one node sees it. It is connected by {@link FakeNetwork.connect}. */
  portOf(peerId: string): DriverNetwork {
    return {
      peers: () => (this.#nodes.has(peerId) ? this.#others(peerId) : []),
      sendConsensus: (to, message) => {
        const node = this.#nodes.get(to);
        if (!node || !this.#nodes.has(peerId)) return false;
        this.sent++;
        this.#record(message);
        if (this.isLost(peerId, to, message)) return true;
        this.#clock.schedule(this.delayMs, () => {
          const from = this.#nodes.get(peerId);
          if (!from || this.#nodes.get(to) !== node) return;
          if (!node.handlers.onConsensusMessage(this.change(peerId, to, Uint8Array.from(message)), from.identity))
            this.malformed++;
        });
        return true;
      },
      request: (to, request) => this.#request(peerId, to, request),
      penalize: (offender, _points, why) => this.penalties.push({ peerId: offender, why }),
    };
  }

  connect(identity: PeerIdentity, handlers: FakeNetworkHandlers): void {
    this.#nodes.set(identity.peerId, { identity, handlers });
    for (const other of this.#others(identity.peerId)) {
      handlers.onPeerConnected(other);
      this.#nodes.get(other.peerId)?.handlers.onPeerConnected(identity);
    }
  }

  isConnected(peerId: string): boolean {
    return this.#nodes.has(peerId);
  }

  disconnect(peerId: string): void {
    const node = this.#nodes.get(peerId);
    if (!node) return;
    for (const other of this.#others(peerId)) {
      node.handlers.onPeerDisconnected(other);
      this.#nodes.get(other.peerId)?.handlers.onPeerDisconnected(node.identity);
    }
    this.#nodes.delete(peerId);
  }

  #record(bytes: Uint8Array): void {
    if (bytes[0] === 1) return; // a status is not signed
    const message = decodePeerMessage(bytes);
    if (message.type === 'status') return;
    const signed = message.type === 'vote' ? message.vote : message.proposal;
    const step = message.type === 'vote' ? message.vote.kind : 'proposal';
    const place = `${signed.validator} ${signed.height}/${signed.round} ${step}`;
    const said = message.type === 'vote' ? `${message.vote.blockId}` : `${signed.blockId} ${message.proposal.polRound}`;
    const before = this.signed.get(place);
    if (before !== undefined && before !== said) this.doubleSigned.push(`${place}: ${before}, then ${said}`);
    this.signed.set(place, said);
  }

  #others(peerId: string): PeerIdentity[] {
    return [...this.#nodes.values()].map(({ identity }) => identity).filter((identity) => identity.peerId !== peerId);
  }

  #request(from: string, to: string, request: NetworkRequest): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new HeddleError('P2P_REQUEST_FAILED', `${to} did not answer`));
      this.#clock.schedule(this.delayMs, () => {
        const [asker, node] = [this.#nodes.get(from), this.#nodes.get(to)];
        if (!asker || !node) return fail();
        node.handlers.onRequest(request, asker.identity).then((answer) => {
          this.#clock.schedule(this.delayMs, () => (answer ? resolve(answer) : fail()));
        }, fail);
      });
    });
  }
}
