import { createRandom, type Random } from '@heddle/testkit';
import type { Figures } from './figures.ts';
import type { HeadWatch } from './head-watch.ts';
import type { NetworkSetup, NetworkUnderFault } from './network-under-fault.ts';
import type { TransactionStream } from './transaction-stream.ts';

/** What a case works with: a devnet under load, and the place for its figures. */
export interface CaseContext {
  readonly network: NetworkUnderFault;
  readonly watch: HeadWatch;
  readonly stream: TransactionStream;
  readonly figures: Figures;
  readonly scale: Scale;
  readonly random: Random;
}

/** One row of the catalogue. */
export interface FaultCase {
  /** As the catalogue counts. */
  readonly number: number;
  readonly title: string;
  readonly setup?: NetworkSetup;
  /** Validators that sign what they should not: it is the others that must not sign twice. */
  readonly byzantine?: readonly number[];
  /** Nodes of which a wire log may have holes, since their disks are full: what they send is in the others' logs. */
  readonly withHoles?: readonly number[];
  /**
   * Does it. Leaves every validator running and free of faults; then the network is judged.
   *
   * @throws whatever says that the network did not recover
   */
  readonly run: (context: CaseContext) => Promise<void>;
}

/** How much of the catalogue is done. */
export interface Scale {
  readonly name: 'full' | 'quick';
  /** Milliseconds of a fault: seconds of the catalogue, or those of a quick run. */
  ms(fullSeconds: number, quickSeconds: number): number;
  /** How often something is repeated. */
  times(full: number, quick: number): number;
}

/** As the catalogue says. */
export const FULL_SCALE: Scale = {
  name: 'full',
  ms: (fullSeconds) => fullSeconds * 1_000,
  times: (full) => full,
};

/** As short as the same things can be seen to happen. */
export const QUICK_SCALE: Scale = {
  name: 'quick',
  ms: (_, quickSeconds) => quickSeconds * 1_000,
  times: (_, quick) => quick,
};

/** Chance for one case: the seed of the run and the case's number. */
export function randomOf(seed: string, { number }: FaultCase): Random {
  return createRandom(`${seed}/case ${number}`);
}
