import { advanceHeight, encodeValidatorSet } from '@heddle/consensus';
import { type Address, type CommitCertificate, encodeCommitCertificate, HeddleError } from '@heddle/primitives';
import { crashPoint } from '../crash-points.ts';
import type { CommitJob, CommittedBlock } from '../execution/main-boundary.ts';
import { type ChainHead, chainHead } from './chain-head.ts';
import type { DriverMetrics } from './driver-metrics.ts';
import type { DriverPorts } from './driver-ports.ts';
import type { StorableBlock } from './known-blocks.ts';

/** What a decision needs besides its block. */
export interface DecisionWriterDependencies {
  readonly ports: DriverPorts;
  readonly metrics: DriverMetrics;
  /** The log cannot be written at present. */
  diskFailed(reason: string): void;
}

/** A block with what decided it. */
export interface DecidedBlock {
  readonly block: StorableBlock;
  readonly certificate: CommitCertificate;
}

/** How far decisions came. */
export interface WrittenDecisions {
  /** The last of them that is on disk; the head before when none is. */
  readonly head: ChainHead;
  readonly count: number;
  /** Why the one after those is not: what came as its block is not it, or it cannot be executed here. */
  readonly fault: HeddleError | undefined;
}

/** What says something of a decided block, not of the disk. */
const BLOCK_FAULTS: ReadonlySet<string> = new Set(['COMMIT_FOREIGN_BODY', 'COMMIT_INVALID']);

/**
 * Decisions of heights that follow each other, in their order (DESIGN 4.5): the store's synced batch, which several may
 * share, the end of the last height in the log, then the head for pool and node. The next height is the caller's.
 *
 * @throws HeddleError whatever keeps a block from the disk: it is decided, there is no way around it, and a store that
 *   failed a write takes no other before it is opened anew. The process ends; the next one goes on from the log
 */
export async function writeDecisions(
  head: ChainHead,
  decisions: readonly DecidedBlock[],
  of: DecisionWriterDependencies,
): Promise<WrittenDecisions> {
  const { execution, pool, clock, events } = of.ports;
  const outcomes = await Promise.allSettled(commitJobs(head, decisions).map((job) => execution.commit(job)));
  const failed = outcomes.find(({ status }) => status === 'rejected'); // those after it have nothing to stand on
  const fault = failed?.status === 'rejected' ? blockFault(failed.reason) : undefined;
  const committed = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const last = committed.at(-1);
  if (!last) return { head, count: 0, fault };
  const { number, hash } = last.head;
  await endLog(of, number);
  of.metrics.stored(clock.now());
  of.metrics.count.blocksDecided += committed.length;
  crashPoint('before-head-publish');
  pool.head({ number, hash, touched: touchedByAll(committed) });
  events.onCommitted(committed);
  crashPoint('after-head-publish');
  const busyBlock = committed.reduce((busy, one) => chainHead(one.head, 0, busy).busyBlock, head.busyBlock);
  return { head: chainHead(last.head, clock.now(), busyBlock), count: committed.length, fault };
}

function commitJobs({ info, validators }: ChainHead, decisions: readonly DecidedBlock[]): CommitJob[] {
  let inForce = { set: validators, bytes: info.nextValidators };
  return decisions.map(({ block: { blockId, bytes, senders }, certificate }) => {
    const set = advanceHeight(inForce.set);
    const next = { set, bytes: encodeValidatorSet(set) };
    const job = {
      ...{ blockId, block: bytes, senders, certificate: encodeCommitCertificate(certificate) },
      validators: inForce.bytes,
      nextValidators: next.bytes,
    };
    inForce = next;
    return job;
  });
}

/** @throws whatever else `error` is */
function blockFault(error: unknown): HeddleError {
  if (error instanceof HeddleError && BLOCK_FAULTS.has(error.code)) return error;
  throw error;
}

function touchedByAll(committed: readonly CommittedBlock[]): readonly Address[] | 'all' {
  const all = new Set<Address>();
  for (const { touched } of committed) {
    if (touched === 'all') return 'all';
    for (const address of touched) all.add(address);
  }
  return [...all];
}

/** Only room in the log depends on this record: after a restart the store's head tells what is over. */
async function endLog(of: DecisionWriterDependencies, height: number): Promise<void> {
  try {
    await of.ports.voter?.wal.endHeight(height);
  } catch (error) {
    if (!(error instanceof HeddleError) || error.code === 'WAL_LOST') throw error;
    of.diskFailed(error.message);
  }
}
