import type { Hash } from '@heddle/primitives';
import type { AccountState, StateAccess } from '../engine.ts';
import type { StateReader } from '../state/state-diff.ts';

const ZERO_VALUE = new Uint8Array(32);

/** The hash of a block by its number; undefined outside of the 256 before the one that runs. */
export type ReadBlockHash = (number: number) => Hash | undefined;

/**
 * The state of `reader` as a run sees it, with nothing on top: what calls at the head or at a past block run on.
 * Reads are not logged, so any number of runs may share it.
 */
export function createReaderAccess(reader: StateReader, readBlockHash: ReadBlockHash): StateAccess {
  const readAccount = (address: Hash): AccountState | undefined => reader.account(address);
  return {
    readAccount,
    readSender: readAccount,
    readSlot(address, slot) {
      const account = reader.account(address);
      return account === undefined ? ZERO_VALUE : reader.slot(address, account.incarnation, slot);
    },
    hasStorage: (address) => (reader.account(address)?.slotCount ?? 0) > 0,
    readCode: (codeHash) => reader.code(codeHash),
    readBlockHash,
  };
}
