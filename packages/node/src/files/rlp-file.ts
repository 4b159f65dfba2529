import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { HeddleError } from '@heddle/primitives';
import { fileUnreadable } from './file-errors.ts';

/** More than any block takes: EIP-7934 allows 10 MiB, gas limits before it hold blocks well below this. */
const MAX_LIST_BYTES = 128 << 20;
const CHUNK_BYTES = 1 << 20;
const LIST = 0xc0;
const LONG_LIST = 0xf7;

/** A list of a file, and how far the file is read with it. */
export interface FileList {
  readonly bytes: Uint8Array;
  readonly readBytes: number;
  readonly totalBytes: number;
}

/**
 * The RLP lists that stand one after another in `file`, as geth exports blocks, one at a time. What is in them is not
 * looked at.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `RLP_FILE_MALFORMED`
 */
export function* rlpListsOf(file: string): Generator<FileList> {
  const reader = new ByteReader(file);
  try {
    const { totalBytes } = reader;
    for (;;) {
      const start = reader.readBytes;
      const first = reader.take(1, 'optional');
      if (first === undefined) return;
      const sizeBytes = (first[0] ?? 0) > LONG_LIST ? (first[0] ?? 0) - LONG_LIST : 0;
      if ((first[0] ?? 0) < LIST || sizeBytes > 6) throw malformed(file, start, 'no RLP list begins here');
      const sizes = reader.take(sizeBytes);
      const size = sizeBytes === 0 ? (first[0] ?? 0) - LIST : Buffer.from(sizes).readUIntBE(0, sizeBytes);
      if (size > MAX_LIST_BYTES) throw malformed(file, start, `a list of ${size} bytes is no block`);
      const bytes = Buffer.concat([first, sizes, reader.take(size)]);
      yield {
        bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
        readBytes: reader.readBytes,
        totalBytes,
      };
    }
  } finally {
    reader.close();
  }
}

class ByteReader {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #ahead = this.#chunk.subarray(0, 0);
  readonly totalBytes: number;
  /** Bytes that were taken. */
  readBytes = 0;

  constructor(file: string) {
    this.#file = file;
    try {
      this.#descriptor = openSync(file, 'r');
      this.totalBytes = statSync(file).size;
    } catch (cause) {
      throw fileUnreadable(file, cause);
    }
  }

  take(count: number): Uint8Array;
  /** Undefined at the end of the file. */
  take(count: number, isNeeded: 'optional'): Uint8Array | undefined;
  take(count: number, isNeeded?: 'optional'): Uint8Array | undefined {
    const taken = new Uint8Array(count);
    for (let filled = 0; filled < count; ) {
      if (this.#ahead.length === 0) this.#fill();
      if (this.#ahead.length === 0) {
        if (isNeeded === 'optional') return undefined;
        throw malformed(this.#file, this.readBytes, 'it ends in the middle of a block');
      }
      const part = this.#ahead.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.length;
      this.readBytes += part.length;
      this.#ahead = this.#ahead.subarray(part.length);
    }
    return taken;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #fill(): void {
    try {
      this.#ahead = this.#chunk.subarray(0, readSync(this.#descriptor, this.#chunk));
    } catch (cause) {
      throw fileUnreadable(this.#file, cause);
    }
  }
}

function malformed(file: string, offset: number, what: string): HeddleError {
  return new HeddleError('RLP_FILE_MALFORMED', `${file}: ${what} (byte ${offset})`, {
    remedy: 'give a file of blocks as heddle export or geth export writes it',
  });
}
