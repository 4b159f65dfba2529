/** Frames that wait for their stream, in order. Its limit is its owner's. */
export interface FrameQueue {
  push(frame: Uint8Array): void;
  /** The next frames joined: it costs libp2p the same to send 200 bytes or 20,000. Empty when none waits. */
  takeChunk(): Uint8Array;
  clear(): void;
  readonly bytes: number;
}

/** Frames are joined up to this size; a larger one goes alone. */
const CHUNK_BYTES = 64 * 1024;

/** An empty queue. */
export function createFrameQueue(): FrameQueue {
  let frames: Uint8Array[] = [];
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    push(frame) {
      frames.push(frame);
      bytes += frame.length;
    },
    takeChunk() {
      let size = 0;
      let count = 0;
      for (const frame of frames) {
        if (count > 0 && size + frame.length > CHUNK_BYTES) break;
        size += frame.length;
        count++;
      }
      const taken = frames.slice(0, count);
      frames = frames.slice(count);
      bytes -= size;
      return taken.length === 1 ? (taken[0] as Uint8Array) : join(taken, size);
    },
    clear() {
      frames = [];
      bytes = 0;
    },
  };
}

function join(frames: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const frame of frames) {
    joined.set(frame, offset);
    offset += frame.length;
  }
  return joined;
}
