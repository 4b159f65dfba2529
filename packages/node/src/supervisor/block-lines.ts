import type { BlockSummary } from '../execution/main-boundary.ts';

/** Prints one line per finalized block, each height once, though every validator reports every block. */
export interface BlockLines {
  /**
   * Every validator is up, and the highest head that any of them started with was `height`: from here on lines are
   * printed. Blocks up to it were final before; who still catches up with them has no news.
   */
  begin(height: number): void;
  /** Validator `index` has the block on disk. */
  report(index: number, summary: BlockSummary): void;
  /** Validator `index` has ended: another one's reports count from now on. */
  forget(index: number): void;
}

/** How many heights others may be ahead of the first validator before their reports are shown instead. */
const PATIENCE_HEIGHTS = 3;
/** Reports kept of heights not yet shown. */
const MAX_WAITING = 64;

/** Shows the reports of the validator with the lowest index, and those of the next one while it is down or behind. */
export function createBlockLines(print: (line: string) => void): BlockLines {
  let shownHeight = -1;
  let hasBegun = false;
  const heightOf = new Map<number, number>();
  const waiting = new Map<number, BlockSummary>();
  const showUpTo = (height: number): void => {
    const due = [...waiting.values()].filter(({ number }) => number <= height);
    for (const summary of due.sort((one, other) => one.number - other.number)) {
      waiting.delete(summary.number);
      if (summary.number <= shownHeight) continue;
      shownHeight = summary.number;
      print(blockLine(summary));
    }
  };
  /** Too many wait: the oldest is shown, or, before the beginning, forgotten. */
  const giveUp = (height: number): void => {
    if (hasBegun) showUpTo(height);
    else waiting.delete(height);
  };
  const showDue = (): void => {
    if (!hasBegun) return;
    const first = Math.min(...[...heightOf].filter(([, height]) => height >= shownHeight).map(([index]) => index));
    const highest = Math.max(...heightOf.values(), -1);
    showUpTo(Math.max(heightOf.get(first) ?? -1, highest - PATIENCE_HEIGHTS));
  };
  return {
    begin(height) {
      hasBegun = true;
      shownHeight = Math.max(shownHeight, height);
      for (const number of waiting.keys()) if (number <= shownHeight) waiting.delete(number);
      showDue();
    },
    report(index, summary) {
      heightOf.set(index, summary.number);
      if (summary.number > shownHeight) waiting.set(summary.number, summary);
      if (waiting.size > MAX_WAITING) giveUp(Math.min(...waiting.keys()));
      showDue();
    },
    forget(index) {
      heightOf.delete(index);
      showDue();
    },
  };
}

/** The line of one block: what is in it, what it cost, and how parallel it could be. */
export function blockLine(summary: BlockSummary): string {
  const { number, round, transactionCount, gasUsed, executionMs, reExecutions } = summary;
  const parts = [`block ${number}`, `round ${round}`, transactionPart(summary)];
  if (transactionCount > 0) {
    parts.push(`${grouped(gasUsed)} gas`, `${executionMs.toFixed(executionMs < 10 ? 1 : 0)} ms`);
    parts.push(`${reExecutions} re-executed`);
  }
  return parts.join(' · ');
}

function transactionPart({ transactionCount, speedUpOn8, limitedBy }: BlockSummary): string {
  if (transactionCount === 0) return '0 txs';
  if (transactionCount === 1) return '1 tx';
  const limit = limitedBy === undefined ? '' : `, limited by ${shortened(limitedBy)}`;
  return `${transactionCount} txs, up to ${speedUpOn8.toFixed(1)}x on 8 cores${limit}`;
}

/** Slots of mappings are hashes: their first digits are enough to tell them apart. */
function shortened(location: string): string {
  return location.replace(/ slot (0x[0-9a-f]{8})[0-9a-f]{9,}$/, ' slot $1…');
}

function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}
