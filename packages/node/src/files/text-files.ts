import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileUnreadable, fileUnwritable, reasonOf } from './file-errors.ts';

/**
 * The text of `file`.
 *
 * @throws HeddleError `FILE_UNREADABLE`
 */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw fileUnreadable(file, `cannot be read (${reasonOf(cause)})`, cause);
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
    throw fileUnreadable(file, `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/**
 * Replaces `file` by `text` at once (a new file, then a rename): a reader sees the old or the new text, never half of
 * one. Makes the folder. `mode` is 0600 for what holds keys.
 *
 * @throws HeddleError `FILE_UNWRITABLE`
 */
export function replaceFile(file: string, text: string, mode = 0o644): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    createFolder(dirname(file));
    writeFileSync(temporary, text, { mode, flush: true });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw fileUnwritable(file, cause);
  }
}

/** {@link replaceFile} with JSON that people can read. */
export function replaceJsonFile(file: string, value: unknown, mode?: number): void {
  replaceFile(file, `${JSON.stringify(value, undefined, 2)}\n`, mode);
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
