import {
  type CallMessage,
  createReaderAccess,
  type Engine,
  environmentOf,
  type KeyValueSource,
  type RunOutcome,
  stateAt,
} from '@heddle/executor';
import type { Address } from '@heddle/primitives';
import { assert } from '@heddle/primitives';
import { readBlockHash, readHeader } from '../chain/block-records.ts';
import { readHead } from '../chain/head-record.ts';
import { queryBlockUnknown } from './query-errors.ts';

/** Runs messages on the state after one block, all of them within one span of time. */
export interface CallRunner {
  /** Gas limit of the block. */
  readonly blockGasLimit: bigint;
  balance(address: Address): bigint;
  hasCode(address: Address): boolean;
  /** `abandoned`: the time is over. */
  run(message: CallMessage): Promise<RunOutcome>;
}

const HASHES_IN_REACH = 256;

/**
 * A runner on block `blockNumber` of `source`, a snapshot. Time counts from now.
 *
 * @throws HeddleError `QUERY_BLOCK_UNKNOWN`; its methods `STATE_PRUNED`
 */
export function createCallRunner(
  source: KeyValueSource,
  blockNumber: number,
  { engine, timeMs }: { readonly engine: Engine; readonly timeMs: number },
): CallRunner {
  const head = readHead(source);
  assert(head !== undefined, 'a store is opened with its genesis in it');
  const header = blockNumber <= head.number ? readHeader(source, blockNumber)?.header : undefined;
  if (header === undefined) throw queryBlockUnknown(blockNumber, head.number);
  const state = stateAt(source, blockNumber, head.number);
  const access = createReaderAccess(state, (number) =>
    number < blockNumber && number >= blockNumber - HASHES_IN_REACH ? readBlockHash(source, number) : undefined,
  );
  const endMs = performance.now() + timeMs;
  let isOver = false;
  const control = {
    isAbandoned() {
      isOver ||= performance.now() > endMs; // sticky, as the engine wants it
      return isOver;
    },
  };
  engine.beginBlock(environmentOf({ header, transactions: [], withdrawals: [] }));
  return {
    blockGasLimit: header.gasLimit,
    balance: (address) => state.account(address)?.balance ?? 0n,
    hasCode(address) {
      const codeHash = access.readAccount(address)?.codeHash;
      return codeHash !== undefined && access.readCode(codeHash).length > 0;
    },
    run: (message) => engine.runCall(message, access, control),
  };
}
