// What every worker does before it takes part in a job.
import { resetNodes } from "./arena";
import { resetHashes } from "./hash-queue";
import { resetLevels } from "./levels";
import { resetOutput } from "./output";

/** Forgets what this worker had in hand of the last job, which may have ended before it was through. */
export function enterJob(): void {
  resetNodes();
  resetHashes();
  resetLevels();
  resetOutput();
}
