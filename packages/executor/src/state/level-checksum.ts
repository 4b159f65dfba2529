import { crc32c } from '@heddle/primitives';

/** LevelDB's checksum of `bytes`: a CRC-32C, masked since checksums are stored among what others cover. */
export function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0;
}

/** The little-endian number at `offset`. */
export function uint32At(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true);
}
