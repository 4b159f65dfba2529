import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ENGINE, type EngineName } from '@heddle/primitives';
import type { NodeConfig } from '../config.ts';
import { WIRE_LOG_VARIABLE } from '../consensus/wire-log.ts';
import { makeFolder } from '../files/text-files.ts';
import { type LimitTexts, nodeLimitsOf } from '../limits/node-limits.ts';
import { availableCores, defaultWorkers } from './cpu-share.ts';
import { type NodeFile, readNodeFile } from './node-file.ts';
import { noNodeFolder } from './node-folder-errors.ts';
import { nodeFolderPaths } from './node-paths.ts';

/** What a run may change of what node.json says. */
export interface NodeOverrides {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly vhosts: readonly string[] | undefined;
  readonly listen: string | undefined;
  readonly announce: readonly string[] | undefined;
  readonly maxFullNodes: number | undefined;
  readonly workers: number | undefined;
  readonly engine: EngineName | undefined;
  readonly history: number | undefined;
  readonly acceptSignerState: boolean | undefined;
  readonly logLevel: NodeConfig['log']['level'] | undefined;
  readonly logFormat: NodeConfig['log']['format'] | undefined;
  /** Before what node.json says; both are changes of the defaults. */
  readonly limits: LimitTexts | undefined;
}

/**
 * How the node in `folder` runs: its node.json with `overrides`.
 *
 * @throws HeddleError `NODE_FOLDER_MISSING`, `FILE_UNREADABLE`, `FILE_MALFORMED`, `FILE_UNWRITABLE`, `LIMIT_INVALID`
 */
export function nodeConfigOf(folder: string, overrides: Partial<NodeOverrides> = {}): NodeConfig {
  const file = join(folder, 'node.json');
  if (!existsSync(file)) throw noNodeFolder(folder);
  const node = readNodeFile(file);
  const paths = nodeFolderPaths(folder, node.genesis);
  makeFolder(paths.wal);
  return {
    paths,
    validator: node.isValidator ? { keyFile: paths.keyFile, stateFile: paths.stateFile } : undefined,
    acceptSignerState: overrides.acceptSignerState ?? false,
    rpc: {
      host: overrides.host ?? node.rpc.host,
      port: overrides.port ?? node.rpc.port,
      vhosts: overrides.vhosts ?? node.rpc.vhosts,
    },
    network: {
      listen: overrides.listen ?? node.network.listen,
      announce: overrides.announce ?? node.network.announce,
      peers: node.network.peers,
      maxFullNodes: overrides.maxFullNodes ?? node.network.maxFullNodes,
    },
    blockTimeMs: Math.round(node.blockTime * 1_000),
    emptyBlockTimeMs: Math.round(node.emptyBlockTime * 1_000),
    workers: overrides.workers ?? node.workers ?? defaultWorkers(availableCores(), 1),
    engine: overrides.engine ?? node.engine ?? DEFAULT_ENGINE,
    history: overrides.history ?? node.history,
    log: logConfig(node, paths.logFile, overrides),
    wireLogFolder: process.env[WIRE_LOG_VARIABLE] || undefined,
    limits: nodeLimitsOf({ ...node.limits, ...overrides.limits }),
    heldKeys: node.heldKeys,
    instanceId: node.instanceId,
  };
}

function logConfig({ log }: NodeFile, file: string, overrides: Partial<NodeOverrides>): NodeConfig['log'] {
  return {
    level: overrides.logLevel ?? log.level,
    format: overrides.logFormat ?? log.format,
    file: log.toFile ? file : undefined,
  };
}
