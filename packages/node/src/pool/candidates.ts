import { effectiveTip, type Hash } from '@heddle/primitives';
import { Heap } from './heap.ts';
import type { PooledEntry } from './pooled-entry.ts';
import type { SenderTransactions } from './sender-transactions.ts';

/** How much a builder can use at most. */
export interface CandidateRequest {
  /** Of the block to build. */
  readonly baseFeePerGas: bigint;
  readonly gasLimit: bigint;
  readonly maxCount: number;
  /** Raw bytes of all candidates. */
  readonly sizeLimitBytes: number;
}

/** Candidates in the order in which a builder should try them. */
export interface Candidates {
  /** The head that they were judged on; a builder on another head must not use them. */
  readonly headHash: Hash;
  readonly entries: readonly PooledEntry[];
}

/** The payable executable transactions of one sender, the next one on top. */
interface Run {
  readonly rest: Generator<PooledEntry, void>;
  entry: PooledEntry;
  tip: bigint;
}

/**
 * Picks executable transactions by effective tip, then by age, each sender's in nonce order, until gas (by what each
 * burns at least), count or bytes are used up. Ones added after `newestMs` are left out, with what depends on them.
 */
export function pickCandidates(
  senders: Iterable<SenderTransactions>,
  request: CandidateRequest,
  newestMs: number,
): PooledEntry[] {
  const runs: Run[] = [];
  for (const sender of senders) {
    const run = startRun(sender.payable(), request.baseFeePerGas, newestMs);
    if (run) runs.push(run);
  }
  const heap = new Heap(runs, isBefore);
  const picked: PooledEntry[] = [];
  let gas = 0n;
  let sizeBytes = 0;
  for (let run = heap.peek(); run !== undefined && picked.length < request.maxCount; run = heap.peek()) {
    const { entry } = run;
    const fits =
      gas + entry.leastGas <= request.gasLimit && sizeBytes + entry.transaction.raw.length <= request.sizeLimitBytes;
    if (fits) {
      picked.push(entry);
      gas += entry.leastGas;
      sizeBytes += entry.transaction.raw.length;
    }
    // What follows one that does not fit cannot be executed in this block either.
    if (fits && advance(run, request.baseFeePerGas, newestMs)) heap.replaceFirst(run);
    else heap.pop();
  }
  return picked;
}

function startRun(rest: Generator<PooledEntry, void>, baseFeePerGas: bigint, newestMs: number): Run | undefined {
  const first = rest.next();
  if (first.done) return undefined;
  const run = { rest, entry: first.value, tip: effectiveTip(first.value.transaction, baseFeePerGas) };
  return run.tip < 0n || first.value.addedMs > newestMs ? undefined : run;
}

function advance(run: Run, baseFeePerGas: bigint, newestMs: number): boolean {
  const next = run.rest.next();
  if (next.done) return false;
  run.entry = next.value;
  run.tip = effectiveTip(next.value.transaction, baseFeePerGas);
  return run.tip >= 0n && next.value.addedMs <= newestMs;
}

function isBefore(left: Run, right: Run): boolean {
  return left.tip !== right.tip ? left.tip > right.tip : left.entry.sequence < right.entry.sequence;
}
