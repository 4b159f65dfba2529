import { LinkFaults, type Network, type NetworkHandlers, seededRandom } from '@heddle/p2p';
import type { ByzantineContext } from '../byzantine/behaviour.ts';
import type { Byzantine } from '../byzantine/byzantine.ts';
import type { DriverClock } from '../consensus/driver-ports.ts';
import { type DurableFiles, diskFiles } from '../consensus/durable-files.ts';
import { systemClock } from '../consensus/system-clock.ts';
import type { ByzantineKind, FaultSettings } from './fault-settings.ts';
import { FaultyClock } from './faulty-clock.ts';
import { slowFiles } from './slow-files.ts';

/** Who lies, and with what key. */
export type LiarIdentity = Pick<ByzantineContext, 'self' | 'sign'>;

/**
 * What can go wrong on purpose inside a validator: its links, its clock, its disk, and itself. Only a devnet's
 * supervisor has it loaded; it changes while the node runs.
 */
export class NodeFaults {
  readonly links: LinkFaults;
  readonly clock: DriverClock;
  readonly files: DurableFiles;
  readonly #clock = new FaultyClock(systemClock);
  readonly #honestSendAnswer: LinkFaults['sendAnswer'];
  #settings: FaultSettings;
  #context: ByzantineContext | undefined;
  #lies: typeof import('../byzantine/byzantine.ts') | undefined;
  #byzantine: Byzantine | undefined;
  #kind: ByzantineKind | undefined;

  constructor(settings: FaultSettings) {
    this.#settings = settings;
    this.links = new LinkFaults(settings.seed);
    this.#honestSendAnswer = this.links.sendAnswer;
    this.clock = this.#clock;
    this.files = slowFiles(diskFiles, () => this.#settings.syncDelayMs);
    this.#apply(settings);
  }

  /** All that is wrong from now on. Resolves when it is so. */
  async change(settings: FaultSettings): Promise<void> {
    this.#apply(settings);
    await this.load();
    this.#behave();
  }

  /** Loads the code that lies if it is asked for, and not before. To be awaited before the network is made. */
  async load(): Promise<void> {
    if (this.#settings.byzantine !== undefined) this.#lies ??= await import('../byzantine/byzantine.ts');
  }

  /** The node's own handlers, behind what a byzantine validator does with requests and with what comes back to it. */
  handlers(honest: NetworkHandlers): NetworkHandlers {
    return {
      ...honest,
      onConsensusMessage: (message, from) =>
        this.#byzantine?.passes(message) === false || honest.onConsensusMessage(message, from),
      onRequest: (request, from) => {
        const answer = (asked: typeof request) => honest.onRequest(asked, from);
        return this.#byzantine ? this.#byzantine.answer(request, answer) : answer(request);
      },
    };
  }

  /** The network as the node is to use it: what leaves is what a byzantine validator makes of it. */
  network(inner: Network, identity: LiarIdentity): Network {
    this.#context = { ...identity, network: inner, random: seededRandom(`${this.#settings.seed} byzantine`) };
    this.#behave();
    return {
      ...inner,
      get listenAddresses() {
        return inner.listenAddresses;
      },
      sendConsensus: (peerId, message) =>
        this.#byzantine ? this.#byzantine.sendConsensus(peerId, message) : inner.sendConsensus(peerId, message),
    };
  }

  #apply(settings: FaultSettings): void {
    this.#settings = settings;
    this.links.setRules(new Map(settings.links.map(({ peerId, rule }) => [peerId, rule])));
    this.#clock.change(settings.clock);
  }

  /** Behaves as it is told to from now on; what is still being loaded begins when it is. */
  #behave(): void {
    const { byzantine: kind } = this.#settings;
    if (!this.#context || kind === this.#kind || (kind !== undefined && !this.#lies)) return;
    this.#kind = kind;
    this.#byzantine?.stop();
    this.#byzantine = kind && this.#lies?.turnByzantine(kind, this.#context);
    this.links.sendAnswer = this.#byzantine?.sendAnswer ?? this.#honestSendAnswer;
  }
}
