import { type Address, concatBytes, hexToBytes, keccak256Hex, padBytes } from '@heddle/primitives';
import type { Endpoint } from './endpoint.ts';
import { BALANCES_SLOT } from './load-token.ts';
import type { ParallelismSum } from './report.ts';

interface RawParallelism {
  readonly incarnations: number;
  readonly reExecutions: number;
  readonly runsPerWorker: readonly number[];
  readonly hot: readonly {
    readonly address: Address;
    readonly kind: string;
    readonly slot: string | null;
    readonly reExecutions: number;
    readonly gain: number;
  }[];
}

/** What the names of locations may stand for. */
export interface KnownLocations {
  readonly token: Address | undefined;
  readonly hotAccount: Address;
}

const BATCH = 50;

/**
 * Sums `heddle_getBlockParallelism` of `endpoint`'s node over the given blocks; undefined where the method does not
 * exist (another chain) or no figures are kept.
 */
export async function sumParallelism(
  endpoint: Endpoint,
  blockNumbers: readonly number[],
  known: KnownLocations,
): Promise<ParallelismSum | undefined> {
  const records: RawParallelism[] = [];
  for (let start = 0; start < blockNumbers.length; start += BATCH) {
    const params = blockNumbers.slice(start, start + BATCH).map((number) => [`0x${number.toString(16)}`]);
    const answers = await endpoint.batch('heddle_getBlockParallelism', params);
    for (const answer of answers)
      if ('result' in answer && answer.result) records.push(answer.result as RawParallelism);
  }
  return records.length === 0 ? undefined : addUp(records, known);
}

function addUp(records: readonly RawParallelism[], known: KnownLocations): ParallelismSum {
  const runsPerWorker: number[] = [];
  const hot = new Map<string, { location: string; reExecutions: number; gain: number }>();
  for (const record of records) {
    for (const [worker, runs] of record.runsPerWorker.entries()) {
      runsPerWorker[worker] = (runsPerWorker[worker] ?? 0) + runs;
    }
    for (const { address, kind, slot, reExecutions, gain } of record.hot) {
      const location = nameLocation(address, kind, slot, known);
      const sum = hot.get(location) ?? { location, reExecutions: 0, gain: 0 };
      hot.set(location, { location, reExecutions: sum.reExecutions + reExecutions, gain: sum.gain + gain });
    }
  }
  const total = (key: 'incarnations' | 'reExecutions') => records.reduce((sum, record) => sum + record[key], 0);
  const hottest = [...hot.values()].sort((left, right) => right.gain - left.gain)[0];
  const [incarnations, reExecutions] = [total('incarnations'), total('reExecutions')];
  return { blocks: records.length, incarnations, reExecutions, runsPerWorker, hottest };
}

function nameLocation(address: Address, kind: string, slot: string | null, known: KnownLocations): string {
  if (slot === null) return `${address} ${kind}`;
  const isHotBalance = address === known.token && slot === balanceSlot(known.hotAccount);
  return isHotBalance ? `${address} slot ${slot} (balance of ${known.hotAccount})` : `${address} slot ${slot}`;
}

/** The storage slot of an account's balance in the load's token (Solidity: keccak256(key ‖ slot of the mapping)). */
export function balanceSlot(account: Address): string {
  return keccak256Hex(
    concatBytes(padBytes(hexToBytes(account), 32), padBytes(Uint8Array.of(Number(BALANCES_SLOT)), 32)),
  );
}
