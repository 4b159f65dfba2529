import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Address, Hash } from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile, replaceJsonFile } from '../files/text-files.ts';

/** A validator as devnet.json shows it to scripts and to full nodes that join. */
export interface DevnetValidator {
  readonly index: number;
  /** Null where the file was made before any process ran (heddle genesis). */
  readonly pid: number | null;
  readonly address: Address;
  readonly rpcUrl: string;
  /** A multiaddr with the peer id: /ip4/127.0.0.1/tcp/41234/p2p/12D3KooW…. */
  readonly p2pAddress: string;
  readonly logFile: string;
}

/** What devnet.json holds while a devnet runs. */
export interface DevnetFile {
  readonly chainId: number;
  readonly instanceId: Hash;
  /** Path of genesis.json, relative to this file. */
  readonly genesis: string;
  /** Seconds. */
  readonly blockTime: number;
  /** Seconds. */
  readonly emptyBlockTime: number;
  /** Of the supervisor; null where the file was made before any process ran. */
  readonly pid: number | null;
  /** The socket that takes commands (heddle fault, heddle devnet status); null as above. */
  readonly control: string | null;
  readonly validators: readonly DevnetValidator[];
}

/** Where devnet.json of a datadir stands. */
export function devnetFilePath(datadir: string): string {
  return join(datadir, 'devnet.json');
}

/** Replaces devnet.json at once. @throws HeddleError `FILE_UNWRITABLE` */
export function writeDevnetFile(datadir: string, devnet: DevnetFile): void {
  replaceJsonFile(devnetFilePath(datadir), devnet);
}

/** Where the devnet that runs on `datadir` takes commands, as its file says; undefined: none runs, or the file is none. */
export function controlFileOf(datadir: string): string | undefined {
  const file = devnetFilePath(datadir);
  if (!existsSync(file)) return undefined;
  try {
    return new JsonField(file, '', readJsonFile(file)).field('control').text();
  } catch {
    return undefined; // made by heddle genesis, or by hand
  }
}

/** The devnet has ended. */
export function removeDevnetFile(datadir: string): void {
  rmSync(devnetFilePath(datadir), { force: true });
}
