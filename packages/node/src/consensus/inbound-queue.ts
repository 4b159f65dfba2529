import type { ConsensusLimits } from './consensus-limits.ts';
import type { Turns } from './turns.ts';

/** A checked message of a peer that waits for its turn. */
export interface InboundMessage {
  take(): Promise<void> | void;
  /** It gave way to others: whoever sends it again is to be heard. */
  dropped(): void;
}

/** What may wait: of all peers, and of one. */
export type InboundLimits = Pick<ConsensusLimits, 'queuedMessages' | 'queuedPerPeer'>;

/**
 * Peers' messages in front of the core, apart from the node's own: peers take turns, so that a flood of one delays
 * another's vote by one message. Where there is no room the heaviest peer loses its oldest, which comes again.
 */
export class InboundQueue {
  readonly #turns: Pick<Turns, 'add'>;
  readonly #limits: InboundLimits;
  /** In the order of their turns; no entry is empty. */
  readonly #byPeer = new Map<string, InboundMessage[]>();
  #size = 0;
  /** Turns asked for and not begun; one for each message, unless some were dropped. */
  #turnsDue = 0;

  constructor(turns: Pick<Turns, 'add'>, limits: InboundLimits) {
    this.#turns = turns;
    this.#limits = limits;
  }

  /** Messages that wait. */
  get size(): number {
    return this.#size;
  }

  put(peerId: string, message: InboundMessage): void {
    const ofPeer = this.#byPeer.get(peerId) ?? [];
    this.#byPeer.set(peerId, ofPeer);
    ofPeer.push(message);
    this.#size++;
    if (ofPeer.length > this.#limits.queuedPerPeer) this.#dropOldest(ofPeer);
    else if (this.#size > this.#limits.queuedMessages) this.#dropOldest(this.#heaviest());
    if (this.#turnsDue >= this.#size) return;
    this.#turnsDue++;
    this.#turns.add(() => this.#takeNext());
  }

  #takeNext(): Promise<void> | void {
    this.#turnsDue--;
    const [next] = this.#byPeer;
    if (!next) return;
    const [peerId, messages] = next;
    const message = messages.shift();
    this.#size--;
    this.#byPeer.delete(peerId);
    if (messages.length > 0) this.#byPeer.set(peerId, messages); // behind all others
    return message?.take();
  }

  #dropOldest(messages: InboundMessage[]): void {
    this.#size--;
    messages.shift()?.dropped();
  }

  #heaviest(): InboundMessage[] {
    let heaviest: InboundMessage[] = [];
    for (const messages of this.#byPeer.values()) if (messages.length > heaviest.length) heaviest = messages;
    return heaviest;
  }
}
