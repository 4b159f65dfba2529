import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_HOST, DEFAULT_RPC_PORT } from '../config.ts';
import { makeFolder, readJsonFile, replaceJsonFile } from '../files/text-files.ts';
import { type JoinInfo, readJoinInfo } from './join.ts';
import { ensureNetworkKey } from './make-node-folder.ts';
import { type NodeFile, readNodeFile, writeNodeFile } from './node-file.ts';
import { chainMismatch, nodeFolderForeign } from './node-folder-errors.ts';
import { nodeFolderPaths } from './node-paths.ts';

const GENESIS = 'genesis.json';
const MAX_FULL_NODES_OF_A_FULL_NODE = 16;

/**
 * Makes `folder` a full node of the chain that `source` (a devnet.json or the URL of a node) names, or, when it is one
 * already, gives it the peers that `source` names now.
 *
 * @throws HeddleError `CHAIN_MISMATCH`, `NODE_FOLDER_FOREIGN`, `JOIN_FAILED`, `FILE_UNREADABLE`, `FILE_MALFORMED`,
 *   `FILE_UNWRITABLE`
 */
export async function joinChain(folder: string, source: string): Promise<void> {
  const info = await readJoinInfo(source);
  const paths = nodeFolderPaths(folder, GENESIS);
  const existing = existsSync(paths.nodeFile) ? readNodeFile(paths.nodeFile) : undefined;
  if (existing) {
    const isSame = sameJson(readJsonFile(join(folder, existing.genesis)), info.genesis);
    if (!isSame || existing.instanceId !== info.instanceId) throw chainMismatch(folder, source);
    const network = { ...existing.network, peers: info.peers };
    return writeNodeFile(paths.nodeFile, { ...existing, network });
  }
  makeEmptyFolder(folder);
  ensureNetworkKey(paths);
  replaceJsonFile(paths.genesis, info.genesis);
  writeNodeFile(paths.nodeFile, fullNodeFile(info));
}

function fullNodeFile({ instanceId, peers, blockTime, emptyBlockTime }: JoinInfo): NodeFile {
  return {
    genesis: GENESIS,
    instanceId,
    isValidator: false,
    rpc: { host: DEFAULT_HOST, port: DEFAULT_RPC_PORT, vhosts: undefined },
    network: { listen: '/ip4/127.0.0.1/tcp/0', announce: [], peers, maxFullNodes: MAX_FULL_NODES_OF_A_FULL_NODE },
    blockTime,
    emptyBlockTime,
    workers: undefined,
    log: { level: 'info', format: 'json', toFile: false },
    heldKeys: [],
  };
}

function makeEmptyFolder(folder: string): void {
  makeFolder(folder);
  // A folder whose making was cut short holds its keys, and they are still good.
  if (readdirSync(folder).some((name) => name !== 'keys' && name !== GENESIS)) throw nodeFolderForeign(folder);
}

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
