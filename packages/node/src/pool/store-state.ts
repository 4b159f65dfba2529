import { type Database, headState } from '@heddle/executor/store';
import { assert, decodeHeader, type FeeRules, nextBaseFee } from '@heddle/primitives';
import { readHead } from '../chain/head-record.ts';
import type { PoolStateSource } from './head-follower.ts';

/** The store's newest head and its accounts, each time frozen in a snapshot of `database`. */
export function createStoreStateSource(
  database: Database,
  fees: Pick<FeeRules, 'elasticity' | 'baseFeeDenominator'>,
): PoolStateSource {
  return {
    open() {
      const snapshot = database.snapshot();
      const head = readHead(snapshot);
      assert(head !== undefined, 'a store is opened with its genesis in it');
      const state = headState(snapshot);
      return {
        headNumber: head.number,
        headHash: head.hash,
        nextBaseFeePerGas: nextBaseFee(decodeHeader(head.header), fees),
        account: (address) => state.account(address),
        close: () => snapshot.close(),
      };
    },
  };
}
