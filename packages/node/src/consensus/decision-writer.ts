import { advanceHeight, encodeValidatorSet } from '@heddle/consensus';
import { type CommitCertificate, encodeCommitCertificate, HeddleError } from '@heddle/primitives';
import { crashPoint } from '../crash-points.ts';
import { type ChainHead, chainHead } from './chain-head.ts';
import type { DriverMetrics } from './driver-metrics.ts';
import type { DriverPorts } from './driver-ports.ts';
import type { WholeBlock } from './known-blocks.ts';

/** What a decision needs besides its block. */
export interface DecisionWriterDependencies {
  readonly ports: DriverPorts;
  readonly metrics: DriverMetrics;
  /** The log cannot be written at present. */
  diskFailed(reason: string): void;
}

/**
 * A decision in its order (DESIGN 4.5): the store's synced batch, the end of the height in the log, then the head for
 * pool and node. The next height is the caller's.
 *
 * @throws HeddleError whatever keeps the block from the disk: it is decided, there is no way around it, and a store that
 *   failed a write takes no other before it is opened anew. The process ends; the next one goes on from the log
 */
export async function writeDecision(
  head: ChainHead,
  { blockId, bytes, senders }: WholeBlock,
  certificate: CommitCertificate,
  of: DecisionWriterDependencies,
): Promise<ChainHead> {
  const { pool, clock, events } = of.ports;
  const committed = await of.ports.execution.commit({
    ...{ blockId, block: bytes, senders },
    certificate: encodeCommitCertificate(certificate),
    validators: head.info.nextValidators,
    nextValidators: encodeValidatorSet(advanceHeight(head.validators)),
  });
  const { number, hash } = committed.head;
  await endLog(of, number);
  of.metrics.stored(clock.now());
  of.metrics.count.blocksDecided++;
  crashPoint('before-head-publish');
  pool.head({ number, hash, touched: committed.touched });
  events.onCommitted(committed);
  crashPoint('after-head-publish');
  return chainHead(committed.head, clock.now(), head.busyBlock);
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
