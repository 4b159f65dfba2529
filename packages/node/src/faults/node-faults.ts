import { LinkFaults } from '@heddle/p2p';
import type { DriverClock } from '../consensus/driver-ports.ts';
import { type DurableFiles, diskFiles } from '../consensus/durable-files.ts';
import { systemClock } from '../consensus/system-clock.ts';
import type { FaultSettings } from './fault-settings.ts';
import { FaultyClock } from './faulty-clock.ts';
import { slowFiles } from './slow-files.ts';

/**
 * What can go wrong on purpose inside a validator: its links, its clock, its disk. Only a devnet's supervisor has it
 * loaded; it changes while the node runs.
 */
export class NodeFaults {
  readonly links: LinkFaults;
  readonly clock: DriverClock;
  readonly files: DurableFiles;
  readonly #clock = new FaultyClock(systemClock);
  #settings: FaultSettings;

  constructor(settings: FaultSettings) {
    this.#settings = settings;
    this.links = new LinkFaults(settings.seed);
    this.clock = this.#clock;
    this.files = slowFiles(diskFiles, () => this.#settings.syncDelayMs);
    this.change(settings);
  }

  /** All that is wrong from now on. */
  change(settings: FaultSettings): void {
    this.#settings = settings;
    this.links.setRules(new Map(settings.links.map(({ peerId, rule }) => [peerId, rule])));
    this.#clock.change(settings.clock);
  }
}
