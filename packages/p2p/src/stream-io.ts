import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { createFrameDecoder } from './codec/frame.ts';
import { p2pErrors } from './errors.ts';

/** How slowly a frame may come: on average `bytesPerSecond`, judged from `afterMs` on. */
export interface LeastPace {
  readonly afterMs: number;
  readonly bytesPerSecond: number;
}

/** Times that a pace is judged in its first `afterMs`, and as often later. */
const PACE_CHECKS = 5;

/**
 * The first frame that arrives on `stream`; what follows it is dropped.
 *
 * @throws HeddleError `P2P_TIMED_OUT`, `P2P_TOO_SLOW`, `P2P_STREAM_ENDED`, `P2P_FRAME_OVERSIZED`
 */
export function readFrame(
  stream: Stream,
  options: {
    readonly limitBytes: number;
    readonly timeoutMs: number;
    readonly what: string;
    readonly leastPace?: LeastPace;
  },
): Promise<Uint8Array> {
  const decoder = createFrameDecoder(options.limitBytes);
  let receivedBytes = 0;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      stopWatching();
      stream.removeEventListener('message', onMessage);
      stream.removeEventListener('end', onEnd);
      stream.removeEventListener('close', onClose);
      if (stream.readStatus === 'readable') stream.pause(); // what follows must not gather in its buffer
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const onMessage = (event: StreamMessageEvent): void => {
      try {
        const bytes = event.data.subarray();
        receivedBytes += bytes.length;
        const [frame] = decoder.push(bytes);
        if (frame) settle(() => resolve(frame));
      } catch (error) {
        fail(error as Error);
      }
    };
    const onEnd = (): void => fail(p2pErrors.streamEnded(`before ${options.what} was whole`));
    const onClose = (event: StreamCloseEvent): void => {
      // Bytes that came before the listener was there are dispatched in a microtask, after this event.
      setImmediate(() => fail(p2pErrors.streamEnded(`before ${options.what} was whole`, event.error)));
    };
    const stopWatching = watchPace(
      options.leastPace,
      () => receivedBytes,
      (elapsedMs) => fail(p2pErrors.tooSlow(options.what, receivedBytes, elapsedMs)),
    );
    const timer = setTimeout(() => fail(p2pErrors.timedOut(options.what, options.timeoutMs)), options.timeoutMs);
    stream.addEventListener('message', onMessage);
    stream.addEventListener('end', onEnd);
    stream.addEventListener('close', onClose);
    if (stream.readableEnded) onEnd();
    else if (stream.status !== 'open' && stream.readBufferLength === 0) onEnd();
  });
}

/** Counts its own ticks for time: after a stop of this process nobody else is to blame. Gives the way to end it. */
function watchPace(
  pace: LeastPace | undefined,
  receivedBytes: () => number,
  onSlow: (elapsedMs: number) => void,
): () => void {
  if (!pace) return () => {};
  const tickMs = pace.afterMs / PACE_CHECKS;
  let elapsedMs = 0;
  const timer = setInterval(() => {
    elapsedMs += tickMs;
    if (elapsedMs >= pace.afterMs && receivedBytes() < (pace.bytesPerSecond * elapsedMs) / 1_000) onSlow(elapsedMs);
  }, tickMs);
  return () => clearInterval(timer);
}

/**
 * Sends `bytes` as the last of this side and waits until they have left.
 *
 * @throws HeddleError `P2P_STREAM_ENDED`
 */
export async function sendLast(stream: Stream, bytes: Uint8Array, timeoutMs: number): Promise<void> {
  try {
    stream.send(bytes);
    await stream.close({ signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw p2pErrors.streamEnded('before all was sent', cause);
  }
}

/** Gives a stream up, whatever its state. */
export function abortStream(stream: Stream, why: string): void {
  stream.abort(p2pErrors.streamEnded(why));
}
