import { killOne } from './cases/01-kill-one.ts';
import { killTwo } from './cases/02-kill-two.ts';
import { stopProcesses } from './cases/04-stop-processes.ts';
import type { FaultCase } from './fault-case.ts';

/** Every case that is run on real processes, by its number in the catalogue. */
export const CATALOGUE: readonly FaultCase[] = [killOne, killTwo, stopProcesses];
