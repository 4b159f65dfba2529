import { closeSync, openSync, readSync } from 'node:fs';
import { fileNotJson, fileUnreadable, reasonOf } from './file-errors.ts';

const CHUNK_BYTES = 256 * 1_024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = { brace: 0x7b, bracket: 0x5b } as const;
const CLOSE = { brace: 0x7d, bracket: 0x5d } as const;

/**
 * Reads a JSON file front to back, a value at a time: what does not fit into memory, or is not wanted, is never held.
 * All methods throw HeddleError `FILE_UNREADABLE`.
 */
export class JsonReader {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #buffer = Buffer.alloc(CHUNK_BYTES);
  #chunk = this.#buffer.subarray(0, 0);
  #offset = 0;
  #readBytes = 0;
  /** A key was read, and its value was not. */
  #isValueDue = false;

  constructor(file: string) {
    this.#file = file;
    try {
      this.#descriptor = openSync(file, 'r');
    } catch (cause) {
      throw fileUnreadable(file, cause);
    }
  }

  /** Bytes of the file that were looked at. */
  get readBytes(): number {
    return this.#readBytes - (this.#chunk.length - this.#offset);
  }

  /**
   * The keys of the object that comes next. After each, its value is the next one: {@link JsonReader.value} or a walk of
   * its own takes it, else it is skipped.
   */
  *members(): Generator<string> {
    this.#expect(OPEN.brace, 'an object');
    if (this.#peek() === CLOSE.brace) return void this.#offset++;
    for (;;) {
      const key = this.#value();
      if (typeof key !== 'string') throw this.#malformed('a key that is no text');
      this.#expect(COLON, 'a colon');
      this.#isValueDue = true;
      yield key;
      if (this.#isValueDue) this.#scan(undefined);
      this.#isValueDue = false;
      if (this.#peek() === CLOSE.brace) return void this.#offset++;
      this.#expect(COMMA, 'a comma');
    }
  }

  /** The value that comes next, whole. */
  value(): unknown {
    return this.#value();
  }

  /** There is nothing more in the file. */
  end(): void {
    if (this.#peek() !== undefined) throw this.#malformed('something behind its end');
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #value(): unknown {
    const pieces: Buffer[] = [];
    this.#scan(pieces);
    try {
      return JSON.parse(Buffer.concat(pieces).toString('utf8'));
    } catch (cause) {
      throw fileNotJson(this.#file, reasonOf(cause), cause);
    }
  }

  /** Goes to where the next value ends; its bytes go to `pieces`. */
  #scan(pieces: Buffer[] | undefined): void {
    this.#isValueDue = false;
    if (this.#peek() === undefined) throw this.#malformed('an end where a value should be');
    const scan = new ValueScan();
    do {
      const start = this.#offset;
      this.#offset = scan.end(this.#chunk, start);
      pieces?.push(Buffer.from(this.#chunk.subarray(start, this.#offset)));
    } while (!scan.isOver && this.#fill());
    if (!scan.isOver && scan.isOpen) throw this.#malformed('an end in the middle of a value');
  }

  #expect(byte: number, what: string): void {
    const found = this.#peek();
    if (found !== byte) {
      const shown = found === undefined ? 'its end' : JSON.stringify(String.fromCharCode(found));
      throw this.#malformed(`${shown} where ${what} should be`);
    }
    this.#offset++;
    this.#isValueDue = false;
  }

  /** The next byte that is no space; undefined at the end of the file. */
  #peek(): number | undefined {
    for (;;) {
      while (this.#offset < this.#chunk.length && isSpace(this.#chunk[this.#offset])) this.#offset++;
      if (this.#offset < this.#chunk.length) return this.#chunk[this.#offset];
      if (!this.#fill()) return undefined;
    }
  }

  #fill(): boolean {
    const size = this.#read();
    this.#chunk = this.#buffer.subarray(0, size);
    this.#offset = 0;
    this.#readBytes += size;
    return size > 0;
  }

  #read(): number {
    try {
      return readSync(this.#descriptor, this.#buffer);
    } catch (cause) {
      throw fileUnreadable(this.#file, cause);
    }
  }

  #malformed(what: string): Error {
    return fileNotJson(this.#file, `${what} (byte ${this.readBytes})`);
  }
}

/** Where one value ends, looked for piece by piece. What is inside is not judged. */
class ValueScan {
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  isOver = false;

  /** In the middle of a text, object or array. */
  get isOpen(): boolean {
    return this.#isText || this.#depth > 0;
  }

  /** The offset in `chunk` from `start` where the value ends, or where the chunk does. */
  end(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isText = false;
        else continue;
        if (!this.isOpen) return this.#over(at + 1);
      } else if (byte === QUOTE) this.#isText = true;
      else if (byte === OPEN.brace || byte === OPEN.bracket) this.#depth++;
      else if (byte === CLOSE.brace || byte === CLOSE.bracket) {
        if (this.#depth === 0) return this.#over(at); // of what a number or a word stands in
        this.#depth--;
        if (this.#depth === 0) return this.#over(at + 1);
      } else if (this.#depth === 0 && (byte === COMMA || byte === COLON || isSpace(byte))) return this.#over(at);
    }
    return chunk.length;
  }

  #over(at: number): number {
    this.isOver = true;
    return at;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
