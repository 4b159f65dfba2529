import { effectiveTip } from '@heddle/primitives';
import type { PooledEntry } from './pooled-entry.ts';
import type { SenderTransactions } from './sender-transactions.ts';

/** A newcomer to a full pool. */
export interface Newcomer {
  readonly tip: bigint;
  readonly isExecutable: boolean;
  /** Its own sender's transactions are no victims: it may depend on them. */
  readonly sender: SenderTransactions | undefined;
}

/**
 * Up to `count` transactions that may go to make room for `newcomer`, cheapest first: only the last of a sender, so
 * that nothing is stranded; queued ones before executable ones; no executable one of a sender that has `guaranteed`
 * or fewer. A queued one yields to any executable newcomer, else the newcomer must offer a higher tip.
 */
export function pickVictims(
  senders: Iterable<SenderTransactions>,
  newcomer: Newcomer,
  options: { readonly count: number; readonly guaranteed: number; readonly baseFeePerGas: bigint },
): PooledEntry[] {
  const queued: Victim[] = [];
  const executable: Victim[] = [];
  for (const sender of senders) {
    if (sender === newcomer.sender) continue;
    const entry = sender.last();
    if (entry === undefined) continue;
    const victim = { entry, tip: effectiveTip(entry.transaction, options.baseFeePerGas) };
    const isOutbid = victim.tip < newcomer.tip;
    if (!sender.isExecutable(entry)) {
      if (newcomer.isExecutable || isOutbid) queued.push(victim);
    } else if (isOutbid && newcomer.isExecutable && sender.executableCount > options.guaranteed) {
      executable.push(victim);
    }
  }
  const victims = queued.length > 0 ? queued : executable;
  return victims
    .sort(byTip)
    .slice(0, options.count)
    .map(({ entry }) => entry);
}

interface Victim {
  readonly entry: PooledEntry;
  readonly tip: bigint;
}

function byTip(left: Victim, right: Victim): number {
  if (left.tip !== right.tip) return left.tip < right.tip ? -1 : 1;
  return right.entry.sequence - left.entry.sequence; // the newest of equals goes first
}
