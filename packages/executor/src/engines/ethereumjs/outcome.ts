import type { Log as EvmLog } from '@ethereumjs/evm';
import { bytesToHex, type Log } from '@heddle/primitives';
import type { WriteSet } from '../../engine.ts';

/** The write set of whatever leaves nothing behind. */
export const NO_WRITES: WriteSet = {
  accounts: new Map(),
  wiped: new Set(),
  deleted: new Set(),
  slots: new Map(),
  codes: new Map(),
};

/** The EVM's logs as receipts hold them. */
export function toLogs(logs: readonly EvmLog[] | undefined): Log[] {
  return (logs ?? []).map(([address, topics, data]) => ({
    address: bytesToHex(address),
    topics: topics.map(bytesToHex),
    data: bytesToHex(data),
  }));
}
