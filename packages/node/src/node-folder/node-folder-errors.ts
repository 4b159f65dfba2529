import { HeddleError } from '@heddle/primitives';

/** `NODE_FOLDER_MISSING`: `heddle node` was given a folder without node.json. */
export function noNodeFolder(folder: string): HeddleError {
  return new HeddleError('NODE_FOLDER_MISSING', `${folder}: holds no node (no node.json)`, {
    remedy: 'give the folder of a node with --datadir, or make one with heddle genesis or heddle node --join',
  });
}

/** `CHAIN_MISMATCH`: a folder belongs to another chain than what it is to join. */
export function chainMismatch(folder: string, source: string): HeddleError {
  return new HeddleError('CHAIN_MISMATCH', `${folder}: holds another chain than ${source}`, {
    remedy: 'give another folder with --datadir, or remove this one',
  });
}

/** `JOIN_FAILED`: what --join names gives no genesis and peers. */
export function joinFailed(source: string, why: string, cause?: unknown): HeddleError {
  return new HeddleError('JOIN_FAILED', `--join ${source}: ${why}`, {
    remedy: "give a running devnet's devnet.json, or the RPC URL of one of its nodes",
    cause,
  });
}

/** `NODE_FOLDER_FOREIGN`: the folder for a new node is not empty. */
export function nodeFolderForeign(folder: string): HeddleError {
  return new HeddleError('NODE_FOLDER_FOREIGN', `${folder}: holds files that are not a node's`, {
    remedy: 'give an empty or new folder with --datadir',
  });
}
