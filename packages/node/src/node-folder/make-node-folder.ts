import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { bytesToHex, type Hash } from '@heddle/primitives';
import { initSigner } from '../consensus/signer.ts';
import { readTextFile, replaceFile } from '../files/text-files.ts';
import type { ValidatorKeys } from '../genesis/key-derivation.ts';
import { type NetworkKey, networkKeyOfSeed, parseNetworkKey } from '../genesis/network-key.ts';
import type { NodeFolderPaths } from './node-paths.ts';

/**
 * Writes a validator's keys and its fresh signer state. Only for a chain that begins: a signer state that is gone
 * must never be made again beside a chain on which the key has signed.
 *
 * @throws HeddleError `FILE_UNWRITABLE`, `SIGNER_EXISTS`
 */
export async function makeValidatorKeys(paths: NodeFolderPaths, keys: ValidatorKeys): Promise<void> {
  writeKey(paths.networkKey, networkKeyOfSeed(keys.networkSeed).privateKey);
  writeKey(paths.feeKey, keys.feePrivateKey);
  await initSigner({ keyFile: paths.keyFile, stateFile: paths.stateFile }, keys.privateKey);
}

/**
 * The folder's network key; made from random numbers when there is none.
 *
 * @throws HeddleError `NETWORK_KEY_INVALID`, `FILE_UNREADABLE`, `FILE_UNWRITABLE`
 */
export function ensureNetworkKey(paths: NodeFolderPaths): NetworkKey {
  if (existsSync(paths.networkKey)) return parseNetworkKey(readTextFile(paths.networkKey), paths.networkKey);
  const key = networkKeyOfSeed(randomBytes(32));
  writeKey(paths.networkKey, key.privateKey);
  return key;
}

/** A name for a chain that begins: even the same genesis started anew gets another. */
export function newInstanceId(): Hash {
  return bytesToHex(randomBytes(32));
}

function writeKey(file: string, key: Uint8Array): void {
  replaceFile(file, `${Buffer.from(key).toString('hex')}\n`, 0o600);
}
