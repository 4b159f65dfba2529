import { closeSync, fstatSync, openSync, renameSync } from 'node:fs';

/** A file that takes what a process prints, opened for appending. */
export interface OutputFile {
  readonly descriptor: number;
  /** Where the new output begins. */
  readonly startByte: number;
}

/**
 * Opens `file` for appending, readable by its owner alone: a devnet's output holds keys. One that is larger than
 * `maxBytes` is put aside as `<file>.1` before. The caller closes the descriptor.
 */
export function openOutputFile(file: string, maxBytes: number): OutputFile {
  const descriptor = openSync(file, 'a', 0o600);
  const startByte = fstatSync(descriptor).size;
  if (startByte <= maxBytes) return { descriptor, startByte };
  closeSync(descriptor);
  renameSync(file, `${file}.1`);
  return openOutputFile(file, maxBytes);
}
