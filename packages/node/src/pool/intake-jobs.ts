import { type Address, assert, decodeTransaction, HeddleError, keccak256Hex, recoverSender } from '@heddle/primitives';
import type { IntakeJob } from './intake.ts';
import type { TransactionPool } from './pool.ts';
import { type AdmissionOutcome, rejections } from './rejection.ts';
import type { SubmitAnswer } from './rpc-boundary.ts';

/** What a gossiped batch deserves: libp2p's three verdicts. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject';

/** A job and the promise of its answer. */
export interface AnsweredJob<T> {
  readonly job: IntakeJob;
  readonly answer: Promise<T>;
}

/** Admits `raws` in order, one a step. `onAdmitted` hears of each that is in the pool now, with bytes of its own. */
export function submitJob(
  pool: TransactionPool,
  raws: readonly Uint8Array[],
  onAdmitted: (raw: Uint8Array) => void,
): AnsweredJob<readonly SubmitAnswer[]> {
  const answers: SubmitAnswer[] = [];
  return stepwise(
    raws,
    (raw) => {
      const own = raw.slice(); // a view would keep its whole batch alive
      const outcome = pool.admit(own, 'local');
      if (outcome.accepted) onAdmitted(own);
      answers.push(submitAnswer(outcome));
    },
    () => answers,
  );
}

/**
 * Admits a gossiped batch, one transaction a step. One that could never be valid spoils the batch: its forwarder must
 * have checked it, so what follows it is not looked at.
 */
export function gossipJob(pool: TransactionPool, raws: readonly Uint8Array[]): AnsweredJob<GossipVerdict> {
  let verdict: GossipVerdict = 'ignore';
  return stepwise(
    raws,
    (raw) => {
      if (verdict === 'reject') return;
      const outcome = pool.admit(raw.slice(), 'remote');
      if (outcome.accepted) verdict = 'accept';
      else if (outcome.isForever) verdict = 'reject';
    },
    () => verdict,
  );
}

/** Finds the senders of a block's transactions, one a step; undefined for what is no transaction or has no sender. */
export function senderJob(
  pool: TransactionPool,
  raws: readonly Uint8Array[],
): AnsweredJob<readonly (Address | undefined)[]> {
  const senders: (Address | undefined)[] = [];
  return stepwise(
    raws,
    (raw) => senders.push(pool.resolve(keccak256Hex(raw))?.sender ?? senderOf(raw)),
    () => senders,
  );
}

/** One step that does everything: what must keep its place among the jobs of a lane. */
export function singleJob<T>(sizeBytes: number, work: () => T): AnsweredJob<T> {
  return answered((resolve) => ({
    count: 1,
    sizeBytes,
    step() {
      resolve(work());
      return 'done';
    },
  }));
}

/** The answer to all of a batch that was not even queued. */
export function refuseAll(count: number): readonly SubmitAnswer[] {
  return Array.from({ length: count }, () => submitAnswer(rejections.poolFull()));
}

/** The outcome as it crosses to the rpc thread. */
export function submitAnswer(outcome: AdmissionOutcome): SubmitAnswer {
  return outcome.accepted ? outcome : { accepted: false, code: outcome.code, message: outcome.message };
}

function stepwise<T>(raws: readonly Uint8Array[], each: (raw: Uint8Array) => void, finish: () => T): AnsweredJob<T> {
  let index = 0;
  return answered((resolve) => ({
    count: raws.length,
    sizeBytes: raws.reduce((sum, raw) => sum + raw.length, 0),
    step() {
      const raw = raws[index++];
      if (raw !== undefined) each(raw);
      if (index < raws.length) return 'more';
      resolve(finish());
      return 'done';
    },
  }));
}

function answered<T>(makeJob: (resolve: (value: T) => void) => IntakeJob): AnsweredJob<T> {
  let resolve: ((value: T) => void) | undefined;
  const answer = new Promise<T>((settle) => {
    resolve = settle;
  });
  assert(resolve !== undefined, 'a promise calls its executor at once');
  return { job: makeJob(resolve), answer };
}

/** The sender of a signed transaction; undefined for what is none. */
export function senderOf(raw: Uint8Array): Address | undefined {
  try {
    return recoverSender(decodeTransaction(raw));
  } catch (error) {
    if (error instanceof HeddleError) return undefined;
    throw error;
  }
}
