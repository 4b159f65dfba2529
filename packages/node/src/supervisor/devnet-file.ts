import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Address, Hash } from '@heddle/primitives';
import { replaceJsonFile } from '../files/text-files.ts';

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

/** The devnet has ended. */
export function removeDevnetFile(datadir: string): void {
  rmSync(devnetFilePath(datadir), { force: true });
}
