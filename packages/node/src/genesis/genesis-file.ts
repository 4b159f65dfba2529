import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { GenesisAccount } from '@heddle/primitives';
import { fileUnreadable } from '../files/file-errors.ts';
import { JsonField } from '../files/json-field.ts';
import { JsonReader } from '../files/json-reader.ts';
import { readAccount } from './read-alloc.ts';

/** Hears how many bytes of a genesis.json of how many were read. */
export type OnRead = (readBytes: number, totalBytes: number) => void;

const ALLOC = 'alloc';
const CHUNK_BYTES = 1 << 20;

/**
 * The JSON of the genesis.json at `file` without its alloc, which may be larger than memory.
 *
 * @throws HeddleError `FILE_UNREADABLE`
 */
export function readGenesisHead(file: string): unknown {
  const reader = new JsonReader(file);
  try {
    const head: Record<string, unknown> = {};
    for (const key of reader.members()) if (key !== ALLOC) head[key] = reader.value();
    reader.end();
    return head;
  } finally {
    reader.close();
  }
}

/**
 * The accounts in the alloc of the genesis.json at `file`, one at a time, in its order. Nothing says that each comes once.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`
 */
export function* readGenesisAccounts(file: string, onRead: OnRead = () => undefined): Generator<GenesisAccount> {
  const totalBytes = sizeOf(file);
  for (const { address, json, readBytes } of readAllocMembers(file)) {
    yield readAccount(address, new JsonField(file, `${ALLOC}.${address}`, json));
    onRead(readBytes, totalBytes);
  }
}

/**
 * The text of a genesis.json that holds `head`, and the alloc of the one at `file`, piece by piece.
 *
 * @throws HeddleError `FILE_UNREADABLE`
 */
export function* genesisText(head: Readonly<Record<string, unknown>>, file: string): Generator<string> {
  yield JSON.stringify(head, undefined, 2).replace(/\s*\}$/, `,\n  "${ALLOC}": {`);
  let before = '\n    ';
  for (const { address, json } of readAllocMembers(file)) {
    yield `${before}${JSON.stringify(address)}: ${JSON.stringify(json)}`;
    before = ',\n    ';
  }
  yield '\n  }\n}\n';
}

/** An account as it stands in the file. */
interface AllocMember {
  readonly address: string;
  readonly json: unknown;
  /** How far the file was read. */
  readonly readBytes: number;
}

function* readAllocMembers(file: string): Generator<AllocMember> {
  const reader = new JsonReader(file);
  try {
    for (const key of reader.members()) {
      if (key !== ALLOC) continue;
      for (const address of reader.members()) yield { address, json: reader.value(), readBytes: reader.readBytes };
    }
    reader.end();
  } finally {
    reader.close();
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (cause) {
    throw fileUnreadable(file, cause);
  }
}

/** SHA-256 of the file: whether it is still the one that a store was made of. @throws HeddleError `FILE_UNREADABLE` */
export function digestOfFile(file: string): Uint8Array {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(CHUNK_BYTES);
  try {
    const descriptor = openSync(file, 'r');
    try {
      for (let size = readSync(descriptor, buffer); size > 0; size = readSync(descriptor, buffer)) {
        hash.update(buffer.subarray(0, size));
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw fileUnreadable(file, cause);
  }
  return new Uint8Array(hash.digest());
}
