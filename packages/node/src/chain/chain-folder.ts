import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { readNodeFile } from '../node-folder/node-file.ts';
import { nodeFolderPaths } from '../node-folder/node-paths.ts';

/** Where a chain lies that no node runs. */
export interface ChainFolder {
  /** LevelDB's folder. It may not exist. */
  readonly database: string;
  /** The chain's genesis.json. It may not exist. */
  readonly genesis: string;
}

const GENESIS = 'genesis.json';

/**
 * The chain in `datadir`: the folder of a node (node.json says where its genesis is), or one with genesis.json and
 * database alone, as `heddle import` makes it.
 *
 * @throws HeddleError `CHAIN_FOLDER_MISSING`, `CHAIN_FOLDER_AMBIGUOUS`, `FILE_UNREADABLE`, `FILE_MALFORMED`
 */
export function chainFolder(datadir: string): ChainFolder {
  if (!existsSync(datadir)) throw folderMissing(datadir);
  const { nodeFile } = nodeFolderPaths(datadir, GENESIS);
  const isNode = existsSync(nodeFile);
  const paths = nodeFolderPaths(datadir, isNode ? readNodeFile(nodeFile).genesis : GENESIS);
  if (!isNode && !existsSync(paths.database)) {
    const validator = readdirSync(datadir).find((name) => /^validator-\d+$/.test(name));
    if (validator !== undefined) throw folderAmbiguous(datadir, join(datadir, validator));
  }
  return paths;
}

function folderMissing(datadir: string): HeddleError {
  return new HeddleError('CHAIN_FOLDER_MISSING', `no folder ${datadir}`, { remedy: 'check --datadir' });
}

function folderAmbiguous(datadir: string, validator: string): HeddleError {
  return new HeddleError('CHAIN_FOLDER_AMBIGUOUS', `${datadir} is a devnet: each validator has a store of its own`, {
    remedy: `name the one that is meant, for example --datadir ${validator}`,
  });
}
