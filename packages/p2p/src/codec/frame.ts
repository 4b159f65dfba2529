import { p2pErrors } from '../errors.ts';

/** Bytes of the length in front of a frame. */
export const FRAME_PREFIX_BYTES = 4;

/** The frame of `payload` parts joined: its length as 4 bytes, big-endian, then the bytes. */
export function encodeFrame(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const frame = new Uint8Array(FRAME_PREFIX_BYTES + size);
  new DataView(frame.buffer).setUint32(0, size);
  let offset = FRAME_PREFIX_BYTES;
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
}

/** Cuts a byte stream into frames. Holds at most one frame under way. */
export interface FrameDecoder {
  /**
   * The frames that `chunk` completes, as copies of their own.
   *
   * @throws HeddleError `P2P_FRAME_OVERSIZED` as soon as a length says so; the stream is then of no use any more.
   */
  push(chunk: Uint8Array): Uint8Array[];
}

/** A decoder that refuses frames above `limitBytes`. */
export function createFrameDecoder(limitBytes: number): FrameDecoder {
  const prefix = new Uint8Array(FRAME_PREFIX_BYTES);
  let prefixFilled = 0;
  let payload: Uint8Array | undefined;
  let payloadFilled = 0;

  return {
    push(chunk) {
      const frames: Uint8Array[] = [];
      let offset = 0;
      while (offset < chunk.length) {
        if (payload === undefined) {
          const taken = Math.min(FRAME_PREFIX_BYTES - prefixFilled, chunk.length - offset);
          prefix.set(chunk.subarray(offset, offset + taken), prefixFilled);
          prefixFilled += taken;
          offset += taken;
          if (prefixFilled < FRAME_PREFIX_BYTES) break;
          const size = new DataView(prefix.buffer).getUint32(0);
          if (size > limitBytes) throw p2pErrors.frameOversized(size, limitBytes);
          payload = new Uint8Array(size);
          payloadFilled = 0;
        }
        const taken = Math.min(payload.length - payloadFilled, chunk.length - offset);
        payload.set(chunk.subarray(offset, offset + taken), payloadFilled);
        payloadFilled += taken;
        offset += taken;
        if (payloadFilled < payload.length) break;
        frames.push(payload);
        payload = undefined;
        prefixFilled = 0;
      }
      return frames;
    },
  };
}
