import { join, resolve } from 'node:path';
import type { NodePaths, ValidatorFiles } from '../config.ts';

/** Where everything of one node lies in its folder. The same in a devnet, in compose and on a cluster. */
export interface NodeFolderPaths extends NodePaths, ValidatorFiles {
  /** What the node is told at start (`NodeFile`). */
  readonly nodeFile: string;
  /** The key of the validator's fee address: no process reads it, its owner may. */
  readonly feeKey: string;
  readonly logFile: string;
}

/** The files of the node in `folder`, whose chain's genesis.json is `genesis` (relative: to the folder). */
export function nodeFolderPaths(folder: string, genesis: string): NodeFolderPaths {
  const root = resolve(folder);
  return {
    folder: root,
    genesis: resolve(root, genesis),
    nodeFile: join(root, 'node.json'),
    database: join(root, 'database'),
    wal: join(root, 'wal'),
    networkKey: join(root, 'keys', 'network.key'),
    keyFile: join(root, 'keys', 'validator.key'),
    feeKey: join(root, 'keys', 'fees.key'),
    stateFile: join(root, 'signer', 'state.json'),
    logFile: join(root, 'logs', 'node.log'),
  };
}
