import { writeHex } from './bytes.ts';
import { headSizeOf, RLP_LIST, RLP_STRING, writeHead } from './rlp.ts';

/** Size of the RLP of a list whose items take `contentBytes` together. */
export function rlpListSize(contentBytes: number): number {
  return headSizeOf(contentBytes) + contentBytes;
}

/** Size of the RLP of a byte string. */
export function rlpBytesSize(bytes: Uint8Array): number {
  return bytes.length === 1 && (bytes[0] as number) < RLP_STRING ? 1 : rlpListSize(bytes.length);
}

/** Size of the RLP of the bytes that `hex` (with `0x`) stands for. */
export function rlpHexSize(hex: string): number {
  return isOwnEncoding(hex) ? 1 : rlpListSize(hex.length / 2 - 1);
}

/** Writes RLP piece by piece, where the size of everything is known: for values that come by the thousand. */
export class RlpWriter {
  readonly bytes: Uint8Array;
  #offset = 0;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
  }

  byte(value: number): void {
    this.bytes[this.#offset++] = value;
  }

  /** Begins a list; the items follow, of `contentBytes` together. */
  list(contentBytes: number): void {
    this.#offset = writeHead(this.bytes, this.#offset, RLP_LIST, contentBytes);
  }

  string(bytes: Uint8Array): void {
    if (rlpBytesSize(bytes) > 1 || bytes.length === 0) {
      this.#offset = writeHead(this.bytes, this.#offset, RLP_STRING, bytes.length);
    }
    this.bytes.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** The byte string that `hex` stands for. @throws HeddleError `HEX_MALFORMED` */
  hex(hex: string): void {
    if (!isOwnEncoding(hex)) this.#offset = writeHead(this.bytes, this.#offset, RLP_STRING, hex.length / 2 - 1);
    this.#offset = writeHex(this.bytes, this.#offset, hex);
  }
}

/** One byte below 0x80. */
function isOwnEncoding(hex: string): boolean {
  return hex.length === 4 && hex.charCodeAt(2) < EIGHT;
}

/** The digit 8; letters come behind all digits. */
const EIGHT = 0x38;
