import type { MessagePort } from 'node:worker_threads';
import { type QueryThread, type QueryThreadOptions, startQueryThread } from '../threads/start-query-thread.ts';

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
  const threads = new Map<number, QueryThread>();
  let lastId = 0;
  let overdue = 0;
  let died = 0;
  return {
    start() {
      const id = ++lastId;
      const thread = startQueryThread(options);
      const { worker, rpcPort } = thread;
      threads.set(id, thread);
      let cause: unknown;
      worker.on('error', (error) => {
        cause = error;
      });
      worker.on('exit', (exitCode) => {
        if (!threads.delete(id) || exitCode === 0) return; // it was ended, or the rpc thread let go of it
        died++;
        onDeath(cause);
      });
      return { id, port: rpcPort };
    },
    end(id) {
      const thread = threads.get(id);
      if (thread === undefined) return;
      threads.delete(id);
      overdue++;
      void thread.end();
    },
    figures: () => ({ running: threads.size, started: lastId, overdue, died }),
    async stop() {
      const ending = [...threads.values()];
      threads.clear();
      await Promise.all(ending.map((thread) => thread.end()));
    },
  };
}
