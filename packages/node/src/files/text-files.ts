import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { HeddleError } from '@heddle/primitives';
import { fileNotJson, fileUnreadable, fileUnwritable, reasonOf } from './file-errors.ts';

/** Pieces are gathered until they have so many characters, and then written at once. */
const PIECE_LENGTH = 1 << 16;

/**
 * The text of `file`.
 *
 * @throws HeddleError `FILE_UNREADABLE`
 */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw fileUnreadable(file, cause);
  }
}

/**
 * The parsed JSON of `file`.
 *
 * @throws HeddleError `FILE_UNREADABLE`
 */
export function readJsonFile(file: string): unknown {
  const text = readTextFile(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fileNotJson(file, reasonOf(cause), cause);
  }
}

/**
 * Replaces `file` by `text` at once (a new file, then a rename): a reader sees the old or the new text, never half of
 * one. Makes the folder. `mode` is 0600 for what holds keys.
 *
 * @throws HeddleError `FILE_UNWRITABLE`
 */
export function replaceFile(file: string, text: string, mode = 0o644): void {
  replaceFileByPieces(file, [text], mode);
}

/**
 * {@link replaceFile} with a text that need not fit into memory.
 *
 * @throws HeddleError `FILE_UNWRITABLE`; what `pieces` throws
 */
export function replaceFileByPieces(file: string, pieces: Iterable<string>, mode = 0o644): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    createFolder(dirname(file));
    writeSynced(temporary, pieces, mode);
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause instanceof HeddleError ? cause : fileUnwritable(file, cause);
  }
}

function writeSynced(file: string, pieces: Iterable<string>, mode: number): void {
  const descriptor = openSync(file, 'w', mode);
  try {
    let text = '';
    for (const piece of pieces) {
      text += piece;
      if (text.length < PIECE_LENGTH) continue;
      writeFileSync(descriptor, text);
      text = '';
    }
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** {@link replaceFile} with JSON that people can read. */
export function replaceJsonFile(file: string, value: unknown, mode?: number): void {
  replaceFile(file, jsonText(value), mode);
}

/** `value` as JSON that people can read. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/**
 * Makes `folder` and what is missing above it.
 *
 * @throws HeddleError `FILE_UNWRITABLE`
 */
export function makeFolder(folder: string): void {
  try {
    createFolder(folder);
  } catch (cause) {
    throw fileUnwritable(folder, cause);
  }
}

/** Step by step: Node 20's recursive `mkdir` never ends where the file system takes no new folders (/proc). */
function createFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) createFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // somebody else was faster
  }
}
