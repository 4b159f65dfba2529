import type { NetworkRequest, PeerIdentity } from '@heddle/p2p';
import { HeddleError } from '@heddle/primitives';
import type { Random } from '@heddle/testkit';
import type { DriverNetwork } from '../../src/consensus/driver-ports.ts';
import { type Life, never } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a process does with what comes; a driver fits. */
export interface Receiver {
  onConsensusMessage(message: Uint8Array, from: PeerIdentity): boolean;
  onRequest(request: NetworkRequest, from: PeerIdentity): Promise<Uint8Array | undefined>;
  onPeerConnected(peer: PeerIdentity): void;
  onPeerDisconnected(peer: PeerIdentity): void;
}

/** One direction between two nodes. */
export interface Link {
  delayMs: readonly [number, number];
  lossChance: number;
  doubleChance: number;
  /** Nothing comes through, and nobody is told. */
  isCut: boolean;
}

/** Sees what leaves a node, and may change it: nothing, or several messages, instead of one. */
export type Outgoing = (to: number, message: Uint8Array) => readonly Uint8Array[];

/** What is known of misbehaviour on the wire, for the invariants. */
export interface NetworkEvents {
  /** A message as it really leaves `from`, changed or not. */
  sent(from: number, message: Uint8Array): void;
  /** `to` called a message malformed. */
  refused(from: number, to: number, message: Uint8Array): void;
  penalized(by: number, offender: number, why: string): void;
}

interface Station {
  readonly life: Life;
  readonly receiver: Receiver;
}

/** A request without an answer fails after this long. */
const REQUEST_TIMEOUT_MS = 800;
/** Until a new connection stands, and until the end of one is noticed: what is on its way arrives before. */
const CONNECT_MS = [1, 10] as const;
const NOTICE_MS = [0, 20] as const;

/** Every pair of nodes is joined by a link in each direction. */
export class ModelNetwork {
  /** Messages of one link overtake each other. TCP would not let them. */
  isUnordered = false;
  /** Messages for which this is true are lost, each time they are sent. */
  isLost: ((from: number, to: number, message: Uint8Array) => boolean) | undefined;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #events: NetworkEvents;
  readonly #identities: readonly PeerIdentity[];
  readonly #indexByPeer: ReadonlyMap<string, number>;
  readonly #links: Link[][];
  readonly #lastArrivalMs: number[][];
  readonly #stations: (Station | undefined)[];
  /** Whether the first sees a connection to the second. */
  readonly #connected: boolean[][];

  constructor(
    identities: readonly PeerIdentity[],
    time: VirtualTime,
    random: Random,
    calm: Link,
    events: NetworkEvents,
  ) {
    const square = <T>(fill: () => T) => identities.map(() => identities.map(fill));
    this.#identities = identities;
    this.#indexByPeer = new Map(identities.map(({ peerId }, index) => [peerId, index]));
    this.#time = time;
    this.#random = random;
    this.#events = events;
    this.#links = square(() => ({ ...calm }));
    this.#lastArrivalMs = square(() => 0);
    this.#connected = square(() => false);
    this.#stations = identities.map(() => undefined);
  }

  link(from: number, to: number): Link {
    return this.#links[from]?.[to] as Link;
  }

  /** A process is up: its connections come soon, to those that it reaches. */
  join(index: number, station: Station): void {
    this.#stations[index] = station;
    for (const other of this.#identities.keys()) if (other !== index) this.#connectSoon(index, other);
  }

  /** A process is gone: its peers notice soon. */
  leave(index: number): void {
    this.#stations[index] = undefined;
    for (const other of this.#identities.keys()) {
      this.#connect(index, other, false);
      this.#noticeEnd(other, index);
    }
  }

  /** Both ends notice soon that their connection has ended. */
  disconnect(left: number, right: number): void {
    this.#noticeEnd(left, right);
    this.#noticeEnd(right, left);
  }

  /** Joins all that are up, reach each other and were disconnected. */
  reconnect(): void {
    for (const left of this.#identities.keys()) {
      for (let right = left + 1; right < this.#identities.length; right++) this.#connectSoon(left, right);
    }
  }

  /** The network as the process `life` at `index` sees it. */
  portOf(index: number, life: Life, outgoing: Outgoing | undefined): DriverNetwork {
    const indexOf = (peerId: string) => this.#indexByPeer.get(peerId) ?? -1;
    return {
      peers: () => this.#identities.filter((_, other) => this.#isConnected(index, other)),
      sendConsensus: (peerId, message) => {
        if (!life.passes('before send')) return false;
        const to = indexOf(peerId);
        if (!this.#isConnected(index, to)) return false;
        for (const real of outgoing ? outgoing(to, message) : [message]) {
          this.#events.sent(index, real);
          this.#carry(index, to, real);
        }
        return true;
      },
      request: (peerId, request) => this.#request(index, indexOf(peerId), request, life),
      penalize: (peerId, _points, why) => {
        if (life.isAlive) this.#events.penalized(index, indexOf(peerId), why);
      },
    };
  }

  /** A message of `from` that no process of it has sent. */
  inject(from: number, to: number, message: Uint8Array): void {
    this.#events.sent(from, message);
    this.#carry(from, to, message);
  }

  #carry(from: number, to: number, message: Uint8Array): void {
    const { isCut, lossChance, doubleChance } = this.link(from, to);
    if (isCut || this.#isBadLuck(lossChance) || this.isLost?.(from, to, message)) return;
    for (let copies = this.#isBadLuck(doubleChance) ? 2 : 1; copies > 0; copies--) {
      this.#time.after(this.#delayMs(from, to), () => {
        const [sender, station] = [this.#identities[from], this.#stations[to]];
        if (!sender || !station?.life.isAlive || !this.#isConnected(to, from)) return;
        if (!station.receiver.onConsensusMessage(message, sender)) this.#events.refused(from, to, message);
      });
    }
  }

  #isBadLuck(chance: number): boolean {
    return chance > 0 && this.#random.chance(chance);
  }

  #delayMs(from: number, to: number): number {
    const [leastMs, mostMs] = this.link(from, to).delayMs;
    const delayMs = leastMs + (mostMs - leastMs) * (this.#random.int(0, 1_000) / 1_000);
    if (this.isUnordered) return delayMs;
    const row = this.#lastArrivalMs[from] as number[];
    const arrivalMs = Math.max(this.#time.nowMs + delayMs, row[to] ?? 0);
    row[to] = arrivalMs;
    return arrivalMs - this.#time.nowMs;
  }

  #request(from: number, to: number, request: NetworkRequest, life: Life): Promise<Uint8Array> {
    if (!life.passes('before request')) return never();
    return new Promise((resolve, reject) => {
      const fail = () => {
        if (life.isAlive) reject(new HeddleError('P2P_REQUEST_FAILED', `node ${to} did not answer`));
      };
      const callOff = this.#time.after(this.#isConnected(from, to) ? REQUEST_TIMEOUT_MS : 1, fail);
      this.#carryCall(from, to, () => {
        const [sender, station] = [this.#identities[from], this.#stations[to]];
        if (!sender || !station?.life.isAlive || !this.#isConnected(to, from)) return;
        station.receiver.onRequest(request, sender).then(
          (answer) =>
            this.#carryCall(to, from, () => {
              callOff();
              if (answer && life.isAlive) resolve(answer);
              else fail();
            }),
          fail,
        );
      });
    });
  }

  #carryCall(from: number, to: number, arrive: () => void): void {
    const { isCut, lossChance } = this.link(from, to);
    if (!isCut && !this.#isBadLuck(lossChance)) this.#time.after(this.#delayMs(from, to), arrive);
  }

  #isConnected(own: number, peer: number): boolean {
    return this.#connected[own]?.[peer] === true;
  }

  #connect(own: number, peer: number, isConnected: boolean): void {
    const row = this.#connected[own];
    if (row) row[peer] = isConnected;
  }

  #connectSoon(left: number, right: number): void {
    const ends = [this.#stations[left], this.#stations[right]] as const;
    const [one, other] = ends;
    const [identity, otherIdentity] = [this.#identities[left], this.#identities[right]];
    if (!one || !other || !identity || !otherIdentity) return;
    this.#time.after(this.#random.int(...CONNECT_MS), () => {
      const isOpen = !this.link(left, right).isCut && !this.link(right, left).isCut;
      if (!isOpen || this.#stations[left] !== one || this.#stations[right] !== other) return;
      const halves = [this.#isConnected(left, right), this.#isConnected(right, left)];
      if (halves.every(Boolean)) return;
      if (halves.some(Boolean)) return this.#connectSoon(left, right); // the end of the old one is not noticed yet
      this.#connect(left, right, true);
      this.#connect(right, left, true);
      one.receiver.onPeerConnected(otherIdentity);
      other.receiver.onPeerConnected(identity);
    });
  }

  #noticeEnd(own: number, peer: number): void {
    const [station, identity] = [this.#stations[own], this.#identities[peer]];
    if (!station || !identity || !this.#isConnected(own, peer)) return;
    this.#time.after(this.#random.int(...NOTICE_MS), () => {
      if (this.#stations[own] !== station || !this.#isConnected(own, peer)) return;
      this.#connect(own, peer, false);
      station.receiver.onPeerDisconnected(identity);
    });
  }
}
