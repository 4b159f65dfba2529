import { HeddleError } from '@heddle/primitives';
import { type Command, Option } from 'commander';
import { type ChainFolder, chainFolder } from '../chain/chain-folder.ts';
import { type ChainStore, openStore } from '../chain/chain-store.ts';
import { readText } from './flag-values.ts';
import { type AskedToEnd, whenAskedToEnd } from './signals.ts';

/** A chain that a command works on, and nobody else meanwhile. */
export interface StoredChain {
  readonly datadir: string;
  readonly folder: ChainFolder;
  readonly store: ChainStore;
  readonly askedToEnd: AskedToEnd;
  /** To be called often. @throws HeddleError `INTERRUPTED` when the user wants it to end */
  goOn(): void;
}

/** Adds `--datadir` of a command that works on a store without its node. */
export function addStoreOption(command: Command): Command {
  const description = "a node's folder (.heddle/validator-0), or one that heddle import made";
  return command.addOption(new Option('--datadir <folder>', description).makeOptionMandatory().argParser(readText));
}

/**
 * What `use` makes of the chain in `datadir`, whose store is closed again however it ends.
 *
 * @throws HeddleError `STORE_LOCKED` while a node runs on it, others as `chainFolder` and `openStore`
 */
export async function withStoredChain<T>(datadir: string, use: (chain: StoredChain) => Promise<T>): Promise<T> {
  const askedToEnd = whenAskedToEnd();
  const folder = chainFolder(datadir);
  const store = await openStore(folder.database, { genesisHash: undefined });
  try {
    const goOn = (): void => {
      if (askedToEnd.signal.aborted) throw interrupted();
    };
    return await use({ datadir, folder, store, askedToEnd, goOn });
  } finally {
    await store.close();
  }
}

/** `INTERRUPTED`: the user ended the command. */
export function interrupted(): HeddleError {
  return new HeddleError('INTERRUPTED', 'interrupted');
}
