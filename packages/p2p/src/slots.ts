/** Places for work under way, limited in all and for each key, with a short line in front of each key. */
export interface Slots {
  /** Waits for a place, at most `timeoutMs`. False: the line is full or the time over. A true needs a `give`. */
  take(key: string, timeoutMs: number): Promise<boolean>;
  give(key: string): void;
  readonly taken: number;
}

interface Waiter {
  readonly key: string;
  readonly start: () => void;
}

/** All places free. */
export function createSlots(limits: {
  readonly total: number;
  readonly perKey: number;
  readonly waitingPerKey: number;
}): Slots {
  const takenByKey = new Map<string, number>();
  let taken = 0;
  let waiters: Waiter[] = [];

  const isFree = (key: string): boolean => taken < limits.total && (takenByKey.get(key) ?? 0) < limits.perKey;
  const occupy = (key: string): void => {
    taken++;
    takenByKey.set(key, (takenByKey.get(key) ?? 0) + 1);
  };
  const startNext = (): void => {
    const next = waiters.find((waiter) => isFree(waiter.key));
    if (!next) return;
    waiters = waiters.filter((waiter) => waiter !== next);
    occupy(next.key);
    next.start();
  };

  return {
    get taken() {
      return taken;
    },
    take(key, timeoutMs) {
      if (isFree(key)) {
        occupy(key);
        return Promise.resolve(true);
      }
      if (waiters.filter((waiter) => waiter.key === key).length >= limits.waitingPerKey) return Promise.resolve(false);
      return new Promise((resolve) => {
        const waiter: Waiter = {
          key,
          start: () => {
            clearTimeout(timer);
            resolve(true);
          },
        };
        const timer = setTimeout(() => {
          waiters = waiters.filter((other) => other !== waiter);
          resolve(false);
        }, timeoutMs);
        waiters.push(waiter);
      });
    },
    give(key) {
      taken--;
      const left = (takenByKey.get(key) ?? 0) - 1;
      if (left > 0) takenByKey.set(key, left);
      else takenByKey.delete(key);
      startNext();
    },
  };
}
