import { join } from 'node:path';
import type { Hash } from '@heddle/primitives';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile, replaceJsonFile } from '../files/text-files.ts';
import { MAX_VALIDATORS } from '../genesis/heddle-config.ts';
import { BLOCK_TIME_RANGE } from '../node-folder/node-file.ts';

/** What a datadir remembers of how its chain was made, besides genesis.json. */
export interface ChainSettings {
  /** False while the folder is being filled: then nothing has been signed and it may be made anew. */
  readonly isComplete: boolean;
  readonly instanceId: Hash;
  readonly seed: string;
  readonly mnemonic: string;
  readonly accounts: number;
  readonly balanceWei: bigint;
  readonly predeploys: 'all' | 'none';
  readonly validators: number;
  /** keccak256 of the user's --genesis file; undefined without one. */
  readonly genesisFileHash: Hash | undefined;
  /** The folder of the chain that it goes on from, absolute; undefined: it began with genesis. */
  readonly from?: string | undefined;
  /** Seconds. */
  readonly blockTime: number;
  /** Seconds. */
  readonly emptyBlockTime: number;
  /** TCP ports of the validators on 127.0.0.1; empty where addresses are given (heddle genesis). */
  readonly p2pPorts: readonly number[];
}

/** Prefunded accounts at most: each is derived and shown at every start. */
export const MAX_ACCOUNTS = 10_000;
const FORMAT = 1;
const MAX_UINT256 = (1n << 256n) - 1n;

/** Where the settings of a datadir stand. */
export function chainSettingsFile(datadir: string): string {
  return join(datadir, 'settings.json');
}

/** Replaces the settings. @throws HeddleError `FILE_UNWRITABLE` */
export function writeChainSettings(datadir: string, settings: ChainSettings): void {
  const json = { format: FORMAT, ...settings, balanceWei: settings.balanceWei.toString() };
  replaceJsonFile(chainSettingsFile(datadir), json, 0o600);
}

/** The settings of an existing chain. @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED` */
export function readChainSettings(datadir: string): ChainSettings {
  const file = chainSettingsFile(datadir);
  const settings = new JsonField(file, '', readJsonFile(file));
  settings.field('format').integer(BigInt(FORMAT), BigInt(FORMAT));
  const { low, high } = BLOCK_TIME_RANGE;
  const genesisFileHash = settings.field('genesisFileHash');
  const from = settings.field('from');
  return {
    isComplete: settings.field('isComplete').boolean(),
    instanceId: settings.field('instanceId').bytesOfSize(32),
    seed: settings.field('seed').text(),
    mnemonic: settings.field('mnemonic').text(),
    accounts: settings.field('accounts').number(0, MAX_ACCOUNTS),
    balanceWei: settings.field('balanceWei').integer(0n, MAX_UINT256),
    predeploys: settings.field('predeploys').choice(['all', 'none']),
    validators: settings.field('validators').number(1, MAX_VALIDATORS),
    genesisFileHash: genesisFileHash.isAbsent ? undefined : genesisFileHash.bytesOfSize(32),
    from: from.isAbsent ? undefined : from.text(),
    blockTime: settings.field('blockTime').decimal(low, high),
    emptyBlockTime: settings.field('emptyBlockTime').decimal(low, high),
    p2pPorts: settings
      .field('p2pPorts')
      .elements()
      .map((port) => port.number(1, 65_535)),
  };
}
