import type { Connection, Stream } from '@libp2p/interface';
import { encodeFrame, FRAME_PREFIX_BYTES } from './codec/frame.ts';
import { p2pErrors, reasonOf } from './errors.ts';
import type { NetworkLimits } from './limits.ts';
import type { Counters } from './metrics.ts';

/** Our consensus stream to one peer: a bounded queue in front of a libp2p stream. */
export interface OutgoingStream {
  /** Queues a message behind all earlier ones. False: the queue is full, the message too large or the stream gone. */
  send(message: Uint8Array): boolean;
  /** Sends an empty frame when nothing else was sent for a while; tells the peer that we live. */
  heartbeat(): void;
  /** Bytes that wait here and inside libp2p. */
  queuedBytes(): number;
  /** Since when messages are refused for want of room; undefined while there is room. */
  fullSinceMs(): number | undefined;
  close(): void;
}

/** What {@link openOutgoingStream} needs. */
export interface OutgoingStreamOptions {
  readonly connection: Connection;
  readonly protocol: string;
  readonly limits: NetworkLimits;
  readonly counters: Counters;
  readonly now: () => number;
  /**
   * The stream cannot be opened or has ended while its connection lives. What was on its way is lost, so the whole
   * connection is to be given up: only then both nodes learn that they must send again.
   */
  readonly onFailed: (why: string) => void;
}

/** Frames are joined up to this size before they go to libp2p: it costs the same for 200 bytes as for 20,000. */
const CHUNK_BYTES = 64 * 1024;
const HEARTBEAT_AFTER_MS = 1_000;

/** Opens the stream in the background; messages may be queued at once. */
export function openOutgoingStream(options: OutgoingStreamOptions): OutgoingStream {
  const { connection, limits, counters, now } = options;
  let queue: Uint8Array[] = [];
  let queueBytes = 0;
  let fullSinceMs: number | undefined;
  let lastSentMs = now();
  let stream: Stream | undefined;
  let closed = false;
  let flushScheduled = false;

  const queuedBytes = (): number => queueBytes + (stream?.writeBufferLength ?? 0);
  const fail = (why: string): void => {
    if (closed) return;
    closed = true;
    counters.add('consensus_streams_lost_total');
    options.onFailed(why);
  };
  const flush = (): void => {
    flushScheduled = false;
    try {
      while (stream && !closed && queue.length > 0 && !stream.writableNeedsDrain) {
        const chunk = takeChunk(queue);
        queue = queue.slice(chunk.frames);
        queueBytes -= chunk.bytes.length;
        lastSentMs = now();
        counters.add('consensus_sent_bytes_total', chunk.bytes.length);
        stream.send(chunk.bytes);
      }
    } catch (error) {
      fail(`consensus stream: ${reasonOf(error)}`); // send throws when the stream is closing
    }
    if (queuedBytes() < limits.outgoingQueueBytes / 2) fullSinceMs = undefined;
  };
  const scheduleFlush = (): void => {
    if (flushScheduled || !stream) return;
    flushScheduled = true;
    queueMicrotask(flush); // messages of one turn travel together
  };
  const opened = (newStream: Stream): void => {
    if (closed) {
      newStream.abort(p2pErrors.disconnecting('the peer is gone'));
      return;
    }
    stream = newStream;
    stream.addEventListener('drain', scheduleFlush);
    stream.addEventListener('close', (event) => fail(`consensus stream: ${reasonOf(event)}`));
    flush();
  };
  const signal = AbortSignal.timeout(limits.dialMs);
  connection.newStream(options.protocol, { signal }).then(opened, (error: unknown) => {
    fail(`no consensus stream: ${reasonOf(error)}`);
  });

  return {
    queuedBytes,
    fullSinceMs: () => fullSinceMs,
    send(message) {
      if (closed || message.length === 0 || message.length > limits.consensusMessageBytes) return false;
      if (queuedBytes() + message.length + FRAME_PREFIX_BYTES > limits.outgoingQueueBytes) {
        fullSinceMs ??= now();
        return false;
      }
      queue.push(encodeFrame(message));
      queueBytes += message.length + FRAME_PREFIX_BYTES;
      counters.add('consensus_messages_sent_total');
      scheduleFlush();
      return true;
    },
    heartbeat() {
      if (closed || queue.length > 0 || now() - lastSentMs < HEARTBEAT_AFTER_MS) return;
      queue.push(encodeFrame());
      queueBytes += FRAME_PREFIX_BYTES;
      scheduleFlush();
    },
    close() {
      closed = true;
      queue = [];
      queueBytes = 0;
      stream?.abort(p2pErrors.disconnecting('the peer is gone'));
    },
  };
}

function takeChunk(queue: readonly Uint8Array[]): { readonly bytes: Uint8Array; readonly frames: number } {
  const first = queue[0] as Uint8Array;
  let size = first.length;
  let frames = 1;
  for (; frames < queue.length; frames++) {
    const next = queue[frames] as Uint8Array;
    if (size + next.length > CHUNK_BYTES) break;
    size += next.length;
  }
  if (frames === 1) return { bytes: first, frames };
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const frame of queue.slice(0, frames)) {
    bytes.set(frame, offset);
    offset += frame.length;
  }
  return { bytes, frames };
}
