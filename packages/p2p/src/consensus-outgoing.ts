import type { Connection, Stream } from '@libp2p/interface';
import { encodeFrame, FRAME_PREFIX_BYTES } from './codec/frame.ts';
import { reasonOf } from './errors.ts';
import { createFrameQueue } from './frame-queue.ts';
import type { NetworkLimits } from './limits.ts';
import type { Counters } from './metrics.ts';
import { abortStream } from './stream-io.ts';

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

const HEARTBEAT_AFTER_MS = 1_000;

/** Opens the stream in the background; messages may be queued at once. */
export function openOutgoingStream(options: OutgoingStreamOptions): OutgoingStream {
  const { limits, counters, now } = options;
  const queue = createFrameQueue();
  let fullSinceMs: number | undefined;
  let lastSentMs = now();
  let stream: Stream | undefined;
  let closed = false;
  let flushScheduled = false;

  const queuedBytes = (): number => queue.bytes + (stream?.writeBufferLength ?? 0);
  const fail = (why: string): void => {
    if (closed) return;
    closed = true;
    counters.add('consensus_streams_lost_total');
    options.onFailed(why);
  };
  const flush = (): void => {
    flushScheduled = false;
    try {
      while (stream && !closed && queue.bytes > 0 && !stream.writableNeedsDrain) {
        const chunk = queue.takeChunk();
        lastSentMs = now();
        counters.add('consensus_sent_bytes_total', chunk.length);
        stream.send(chunk);
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
  const enqueue = (frame: Uint8Array): void => {
    queue.push(frame);
    scheduleFlush();
  };
  void openStream(options, { drain: scheduleFlush, fail }).then((opened) => {
    stream = opened;
    if (stream && closed) abortStream(stream, GONE);
    else flush();
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
      counters.add('consensus_messages_sent_total');
      enqueue(encodeFrame(message));
      return true;
    },
    heartbeat() {
      if (closed || queue.bytes > 0 || now() - lastSentMs < HEARTBEAT_AFTER_MS) return;
      enqueue(encodeFrame());
    },
    close() {
      closed = true;
      queue.clear();
      if (stream) abortStream(stream, GONE);
    },
  };
}

const GONE = 'since the peer is gone';

async function openStream(
  { connection, protocol, limits }: OutgoingStreamOptions,
  on: { drain(): void; fail(why: string): void },
): Promise<Stream | undefined> {
  try {
    const stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(limits.dialMs) });
    stream.addEventListener('drain', on.drain);
    stream.addEventListener('close', (event) => on.fail(`consensus stream: ${reasonOf(event)}`));
    return stream;
  } catch (error) {
    on.fail(`no consensus stream: ${reasonOf(error)}`);
    return undefined;
  }
}
