import type { ProcessFault } from '../supervisor/devnet-status.ts';
import type { ActiveFault } from './fault-book.ts';

/** A fault in force as people read it: `delay 0>1 200ms ± 40ms, loss 0>1 30%`. */
export function faultText(fault: ActiveFault | ProcessFault): string {
  switch (fault.type) {
    case 'partition':
      return `partition ${fault.groups.map((group) => group.join(',')).join('/')}`;
    case 'link': {
      const { from, to, delayMs, jitterMs, loss, copies, window } = fault;
      const parts = [];
      if (delayMs > 0) parts.push(`delay ${inWords(delayMs)}${jitterMs > 0 ? ` ± ${inWords(jitterMs)}` : ''}`);
      if (loss > 0) parts.push(`loss ${percent(loss)}`);
      if (copies > 1) parts.push(`each message ${copies} times`);
      if (window > 1) parts.push(`disorder within ${window} messages`);
      return `link ${from}>${to}: ${parts.join(', ')}`;
    }
    case 'clock': {
      const parts = [];
      if (fault.offsetMs !== 0) parts.push(`${signed(fault.offsetMs)}${inWords(Math.abs(fault.offsetMs))}`);
      if (fault.drift !== 0) parts.push(`${signed(fault.drift)}${percent(Math.abs(fault.drift))}`);
      return `clock ${fault.validator} ${parts.join(', ')}`;
    }
    case 'disk':
      return `disk ${fault.validator} ${inWords(fault.syncDelayMs)} a sync`;
    case 'byzantine':
      return `byzantine ${fault.validator} ${fault.kind}`;
    case 'killed':
      return `killed ${fault.validator} (heddle fault restart ${fault.validator} brings it back)`;
    case 'stopped':
      return `stopped ${fault.validator} ${fault.leftMs === null ? 'until heal' : `for another ${inWords(fault.leftMs)}`}`;
    case 'slow':
      return `slow ${fault.validator} ${percent(fault.share)}`;
  }
}

/** `200ms`, `1.5s`. */
export function inWords(ms: number): string {
  return ms < 1_000 ? `${Number(ms.toFixed(3))}ms` : `${Number((ms / 1_000).toFixed(3))}s`;
}

/** `30%`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}

function signed(value: number): string {
  return value < 0 ? '-' : '+';
}
