import { BugError } from '@heddle/primitives';
import type { PoolPort, SubmitOutcome } from './ports.ts';

/** Hands raw transactions to the pool; those of one turn of the event loop go as one batch, in order. */
export interface Submissions {
  submit(raw: Uint8Array): Promise<SubmitOutcome>;
}

interface Waiting {
  readonly raw: Uint8Array;
  readonly resolve: (outcome: SubmitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** One message to the pool's thread costs more than judging a transaction, so they are collected. */
export function createSubmissions(pool: Pick<PoolPort, 'submit'>): Submissions {
  let waiting: Waiting[] = [];
  const flush = async () => {
    const batch = waiting;
    waiting = [];
    try {
      const outcomes = await pool.submit(batch.map(({ raw }) => raw));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) reject(new BugError('the pool answered fewer transactions than it was given'));
        else resolve(outcome);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return {
    submit(raw) {
      return new Promise((resolve, reject) => {
        waiting.push({ raw, resolve, reject });
        if (waiting.length === 1) setImmediate(() => void flush());
      });
    },
  };
}
