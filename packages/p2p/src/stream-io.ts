import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { createFrameDecoder } from './codec/frame.ts';
import { p2pErrors } from './errors.ts';

/**
 * The first frame that arrives on `stream`; what follows it is dropped.
 *
 * @throws HeddleError `P2P_TIMED_OUT`, `P2P_STREAM_ENDED`, `P2P_FRAME_OVERSIZED`
 */
export function readFrame(
  stream: Stream,
  options: { readonly limitBytes: number; readonly timeoutMs: number; readonly what: string },
): Promise<Uint8Array> {
  const decoder = createFrameDecoder(options.limitBytes);
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      stream.removeEventListener('message', onMessage);
      stream.removeEventListener('end', onEnd);
      stream.removeEventListener('close', onClose);
      if (stream.readStatus === 'readable') stream.pause(); // what follows must not gather in its buffer
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const onMessage = (event: StreamMessageEvent): void => {
      try {
        const [frame] = decoder.push(event.data.subarray());
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
    const timer = setTimeout(() => fail(p2pErrors.timedOut(options.what, options.timeoutMs)), options.timeoutMs);
    stream.addEventListener('message', onMessage);
    stream.addEventListener('end', onEnd);
    stream.addEventListener('close', onClose);
    if (stream.readableEnded) onEnd();
    else if (stream.status !== 'open' && stream.readBufferLength === 0) onEnd();
  });
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
