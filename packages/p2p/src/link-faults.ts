import type { ConnectionEncrypter, MessageStream, PeerId, SecureConnectionOptions, Stream } from '@libp2p/interface';
import { type DelayLine, openDelayLine } from './delay-line.ts';
import { type LinkRule, SOUND_LINK } from './link-rule.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { sendLast } from './stream-io.ts';

/** Messages held back for disorder leave at the latest after this, so that the last ones arrive too. */
const DISORDER_MS = 100;

/**
 * Faults of the network, made on purpose: a layer that a node's network has only when it is given one. Everything is
 * done where bytes and messages arrive, by who sent them.
 */
export class LinkFaults {
  readonly #seed: string;
  /** One for each peer, so that what others send does not change who loses what. */
  readonly #randoms = new Map<string, SeededRandom>();
  readonly #lines = new Map<DelayLine, string>();
  readonly #disordered = new Map<string, Disorder>();
  #rules: ReadonlyMap<string, LinkRule> = new Map();
  /** Sends an answer to a request; a faulty server puts its own way here. */
  sendAnswer: (stream: Stream, reply: Uint8Array, timeoutMs: number) => Promise<void> = sendLast;

  /** Equal seeds lose the same messages of an equal sequence. */
  constructor(seed: string) {
    this.#seed = seed;
  }

  /** The rules from now on, by the sender's peer id; who is not named has none. */
  setRules(rules: ReadonlyMap<string, LinkRule>): void {
    this.#rules = rules;
    for (const [line, peerId] of this.#lines) line.follow(this.ruleOf(peerId));
    for (const [peerId, disorder] of this.#disordered) if (this.ruleOf(peerId).window === 1) disorder.flush();
  }

  ruleOf(peerId: string): LinkRule {
    return this.#rules.get(peerId) ?? SOUND_LINK;
  }

  /** Whether anything is wrong with what the peer sends. */
  isDisturbed(peerId: string): boolean {
    return this.#rules.has(peerId);
  }

  isCut(peerId: string): boolean {
    return this.#rules.get(peerId)?.isCut === true;
  }

  /** Whether the next message of this peer is lost. */
  loses(peerId: string): boolean {
    const loss = this.#rules.get(peerId)?.loss ?? 0;
    return loss > 0 && this.#randomOf(peerId)() < loss;
  }

  /** A whole message of the peer is here: `deliver` is called never, once or several times, now or a little later. */
  arrive(peerId: string, deliver: () => void): void {
    const rule = this.#rules.get(peerId);
    if (this.loses(peerId)) return;
    for (let copy = 0; copy < (rule?.copies ?? 1); copy++) {
      if (rule && rule.window > 1) this.#disorderOf(peerId).push(deliver, rule.window);
      else deliver();
    }
  }

  /** The encryption of connections with a delay line behind it, where the peer is known and all its bytes pass. */
  around<Components>(encryption: (components: Components) => ConnectionEncrypter) {
    return (components: Components): ConnectionEncrypter => {
      const inner = encryption(components);
      const secured = <T extends { readonly connection: MessageStream; readonly remotePeer: PeerId }>(found: T): T => {
        this.#watch(found.connection, found.remotePeer.toString());
        return found;
      };
      return Object.assign(Object.create(inner) as ConnectionEncrypter, {
        protocol: inner.protocol,
        secureInbound: async (connection: MessageStream, options?: SecureConnectionOptions) =>
          secured(await inner.secureInbound(connection, options)),
        secureOutbound: async (connection: MessageStream, options?: SecureConnectionOptions) =>
          secured(await inner.secureOutbound(connection, options)),
      });
    };
  }

  #watch(connection: MessageStream, peerId: string): void {
    const line = openDelayLine(connection, () => this.#randomOf(peerId)());
    this.#lines.set(line, peerId);
    line.follow(this.ruleOf(peerId));
    connection.addEventListener('close', () => {
      this.#lines.delete(line);
      line.close();
    });
  }

  #randomOf(peerId: string): SeededRandom {
    const random = this.#randoms.get(peerId) ?? seededRandom(`${this.#seed} ${peerId}`);
    this.#randoms.set(peerId, random);
    return random;
  }

  #disorderOf(peerId: string): Disorder {
    let disorder = this.#disordered.get(peerId);
    if (!disorder) {
      disorder = new Disorder(this.#randomOf(peerId));
      this.#disordered.set(peerId, disorder);
    }
    return disorder;
  }
}

/** Messages of one peer that wait to leave in another order than they came in. */
class Disorder {
  readonly #random: SeededRandom;
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  push(deliver: () => void, window: number): void {
    this.#waiting.push(deliver);
    while (this.#waiting.length >= window) this.#releaseOne();
    this.#timer ??= setTimeout(() => this.flush(), DISORDER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) this.#releaseOne();
  }

  #releaseOne(): void {
    const [deliver] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
    deliver?.();
  }
}
