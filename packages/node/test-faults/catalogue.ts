import { calm } from './cases/00-calm.ts';
import { killOne } from './cases/01-kill-one.ts';
import { killTwo } from './cases/02-kill-two.ts';
import { killAll } from './cases/03-kill-all.ts';
import { stopProcesses } from './cases/04-stop-processes.ts';
import { partitionInHalves } from './cases/05-partition-in-halves.ts';
import { partitionOfOne } from './cases/06-partition-of-one.ts';
import { oneWayLoss } from './cases/07-one-way-loss.ts';
import { messageLoss } from './cases/08-message-loss.ts';
import { delay } from './cases/09-delay.ts';
import { disorder } from './cases/10-disorder.ts';
import { wrongClock } from './cases/11-wrong-clock.ts';
import { equivocation } from './cases/12-equivocation.ts';
import { silence } from './cases/13-silence.ts';
import { lyingServer } from './cases/14-lying-server.ts';
import { tornWal } from './cases/15-torn-wal.ts';
import { damagedWal } from './cases/16-damaged-wal.ts';
import { lostSignerState } from './cases/17-lost-signer-state.ts';
import { fullDisk } from './cases/18-full-disk.ts';
import { slowDisk } from './cases/19-slow-disk.ts';
import { floodingPeer } from './cases/20-flooding-peer.ts';
import { restartStorm } from './cases/21-restart-storm.ts';
import { lateJoiner } from './cases/22-late-joiner.ts';
import { memoryPressure } from './cases/24-memory-pressure.ts';
import type { FaultCase } from './fault-case.ts';

/** Every case that is run on real processes, by its number in the catalogue. Set changes wait for the staking contract. */
export const CATALOGUE: readonly FaultCase[] = [
  calm,
  killOne,
  killTwo,
  killAll,
  stopProcesses,
  partitionInHalves,
  partitionOfOne,
  oneWayLoss,
  messageLoss,
  delay,
  disorder,
  wrongClock,
  equivocation,
  silence,
  lyingServer,
  tornWal,
  damagedWal,
  lostSignerState,
  fullDisk,
  slowDisk,
  floodingPeer,
  restartStorm,
  lateJoiner,
  memoryPressure,
];
