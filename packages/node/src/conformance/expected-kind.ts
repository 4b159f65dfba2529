import type { RefusalKind } from '../foreign/refusal.ts';

/** What official tests call the faults that only execution finds; the older suite's names are the shorter ones. */
const RESULT_FAULTS = new Set([
  ...['INVALID_STATE_ROOT', 'INVALID_RECEIPTS_ROOT', 'INVALID_LOG_BLOOM', 'INVALID_GAS_USED', 'INVALID_REQUESTS'],
  ...['SYSTEM_CONTRACT_EMPTY', 'SYSTEM_CONTRACT_CALL_FAILED', 'INVALID_DEPOSIT_EVENT_LAYOUT', 'GAS_USED_OVERFLOW'],
  ...['InvalidStateRoot', 'InvalidReceiptsStateRoot', 'InvalidLogBloom', 'InvalidGasUsed'],
]);

/** The kinds of reason that fit an `expectException`; `A|B` names several. */
export function expectedKinds(exception: string): ReadonlySet<RefusalKind> {
  return new Set(exception.split('|').map(kindOf));
}

function kindOf(exception: string): RefusalKind {
  if (/^(TransactionException\.|TR_)/.test(exception)) return 'transaction';
  return RESULT_FAULTS.has(exception.replace('BlockException.', '')) ? 'result' : 'header';
}
