import { HeddleError } from '@heddle/primitives';

/** `FILE_MALFORMED`: a value in a JSON file that cannot be; `path` is its place there (`alloc.0x…ff.nonce`). */
export function fileMalformed(file: string, path: string, found: unknown, expected: string): HeddleError {
  const where = path === '' ? file : `${file}: ${path}`;
  return new HeddleError('FILE_MALFORMED', `${where}: found ${shown(found)}, expected ${expected}`, {
    remedy: 'correct the file and start again',
  });
}

/** `FILE_UNREADABLE`: the system does not give the file. */
export function fileUnreadable(file: string, cause: unknown): HeddleError {
  return unreadable(file, `cannot be read (${reasonOf(cause)})`, cause);
}

/** `FILE_UNREADABLE`: nobody has written the file so far. */
export function fileNotThereYet(file: string): HeddleError {
  return unreadable(file, 'is not there yet');
}

/** `FILE_UNREADABLE`: the file holds something else than JSON; `what` says where it goes wrong. */
export function fileNotJson(file: string, what: string, cause?: unknown): HeddleError {
  return unreadable(file, `is not JSON: ${what}`, cause);
}

/** `FILE_UNWRITABLE`: a file or folder that the command must make cannot be made. */
export function fileUnwritable(file: string, cause: unknown): HeddleError {
  return new HeddleError('FILE_UNWRITABLE', `${file}: cannot be written (${reasonOf(cause)})`, {
    remedy: 'check that the folder exists, belongs to you and has room',
    cause,
  });
}

/** The system's code (`ENOENT`) where there is one, else the message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

const SHOWN_CHARACTERS = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function unreadable(file: string, why: string, cause?: unknown): HeddleError {
  return new HeddleError('FILE_UNREADABLE', `${file}: ${why}`, { remedy: 'check the path and the file', cause });
}
