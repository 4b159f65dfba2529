import type { Hash } from '@heddle/primitives';

/** A transaction that was signed before the load began. */
export interface SignedLoad {
  readonly raw: string;
  readonly hash: Hash;
}

/** One account that sends, with its transactions in nonce order. */
export interface LoadSender {
  readonly index: number;
  /** Signs the one with the sender's nonce + `count`, when more are needed than were prepared. */
  readonly sign: (count: number) => SignedLoad;
  readonly prepared: SignedLoad[];
  /** How many of its transactions are final. */
  sentCount: number;
}

/** A sender on its way: from its slot in the schedule to finality. */
export interface InFlight {
  readonly sender: LoadSender;
  readonly transaction: SignedLoad;
  /** performance.now() of its slot in the schedule: latency counts from there, however late it left. */
  readonly slotMs: number;
  isAccepted: boolean;
}

/** Who may send. A sender is free again only when its last transaction is final, so that no nonce ever waits. */
export class SenderPool {
  readonly #free: LoadSender[];
  #next = 0;
  readonly #inFlight = new Map<Hash, InFlight>();

  constructor(senders: readonly LoadSender[]) {
    this.#free = [...senders];
  }

  /** Takes the sender that has been free longest; undefined when none is. */
  take(slotMs: number): InFlight | undefined {
    const sender = this.#free[this.#next];
    if (sender === undefined) return undefined;
    this.#next++;
    if (this.#next > 1_024) this.#free.splice(0, this.#next);
    if (this.#next > 1_024) this.#next = 0;
    const transaction = sender.prepared[sender.sentCount] ?? sender.sign(sender.sentCount);
    const inFlight = { sender, transaction, slotMs, isAccepted: false };
    this.#inFlight.set(transaction.hash, inFlight);
    return inFlight;
  }

  /** The transaction was refused: its sender may try the same one again. */
  refuse({ sender, transaction }: InFlight): void {
    this.#inFlight.delete(transaction.hash);
    this.#free.push(sender);
  }

  /** The transaction is final; undefined when it is not one of ours. */
  settle(hash: Hash): InFlight | undefined {
    const inFlight = this.#inFlight.get(hash);
    if (inFlight === undefined) return undefined;
    this.#inFlight.delete(hash);
    inFlight.sender.sentCount++;
    this.#free.push(inFlight.sender);
    return inFlight;
  }

  get inFlightCount(): number {
    return this.#inFlight.size;
  }
}
