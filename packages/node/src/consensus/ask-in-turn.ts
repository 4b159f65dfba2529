import type { DriverClock } from './driver-ports.ts';

/**
 * A peer that has not answered by then is not waited for alone. An answer takes some milliseconds and the way there and
 * back; a message that was lost, or a peer that stalls, is told by nothing but silence.
 */
const PATIENCE_MS = 200;

/**
 * Asks `peerIds` in turn, the next one as soon as one has nothing to give or takes its time. The first answer, whoever
 * gives it; undefined when none has any, or `signal` was aborted. `ask` must end.
 */
export function askInTurn<T>(
  peerIds: readonly string[],
  ask: (peerId: string) => Promise<T | undefined>,
  { clock, signal }: { readonly clock: DriverClock; readonly signal: AbortSignal },
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const left = [...peerIds];
    let openCount = 0;
    let isOver = false;
    let callOff = () => {};
    const end = (settle: () => void) => {
      isOver = true;
      callOff();
      settle();
    };
    const askNext = () => {
      callOff();
      if (isOver) return;
      const peerId = signal.aborted ? undefined : left.shift();
      if (peerId === undefined) {
        if (openCount === 0) end(() => resolve(undefined));
        return;
      }
      openCount++;
      callOff = clock.schedule(PATIENCE_MS, askNext);
      ask(peerId).then(
        (answer) => {
          openCount--;
          if (answer === undefined) askNext();
          else if (!isOver) end(() => resolve(answer));
        },
        (error) => end(() => reject(error)),
      );
    };
    askNext();
  });
}
