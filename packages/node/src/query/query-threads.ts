import type { MessagePort, Worker } from 'node:worker_threads';
import { type QueryThreadOptions, startQueryThread } from '../threads/start-query-thread.ts';

/** A thread that was just started, as the rpc thread gets it: `port` is to be transferred. */
export interface StartedQueryThread {
  readonly id: number;
  readonly port: MessagePort;
}

/** Counts since the start, for `/metrics`. */
export interface QueryThreadFigures {
  /** Threads now. */
  readonly running: number;
  readonly started: number;
  /** Ended because a query outlived its time. */
  readonly overdue: number;
  /** Ended by themselves: out of memory, or a bug. */
  readonly died: number;
}

/** The query threads of a node, owned by main: only it can end a thread that no longer listens. */
export interface QueryThreads {
  start(): StartedQueryThread;
  /** Ends the thread, whatever it does; the rpc thread found it overdue. */
  end(id: number): void;
  figures(): QueryThreadFigures;
  /** Ends all of them. */
  stop(): Promise<void>;
}

/** No threads yet. `onDeath` hears why one ended by itself: a line for the log, nothing else depends on it. */
export function createQueryThreads(options: QueryThreadOptions, onDeath: (error: unknown) => void): QueryThreads {
  const workers = new Map<number, Worker>();
  let lastId = 0;
  let overdue = 0;
  let died = 0;
  return {
    start() {
      const id = ++lastId;
      const { worker, rpcPort } = startQueryThread(options);
      workers.set(id, worker);
      let cause: unknown;
      worker.on('error', (error) => {
        cause = error;
      });
      worker.on('exit', (exitCode) => {
        if (!workers.delete(id) || exitCode === 0) return; // it was ended, or the rpc thread let go of it
        died++;
        onDeath(cause);
      });
      return { id, port: rpcPort };
    },
    end(id) {
      const worker = workers.get(id);
      if (worker === undefined) return;
      workers.delete(id);
      overdue++;
      void worker.terminate();
    },
    figures: () => ({ running: workers.size, started: lastId, overdue, died }),
    async stop() {
      const ending = [...workers.values()];
      workers.clear();
      await Promise.all(ending.map((worker) => worker.terminate()));
    },
  };
}
