import { HeddleError } from '@heddle/primitives';

/** All expected failures of this room. What a peer caused is counted and logged, never thrown at the node. */
export const p2pErrors = {
  keyMalformed: (cause: unknown) =>
    new HeddleError('P2P_KEY_MALFORMED', 'the libp2p private key cannot be read', {
      cause,
      remedy: 'delete the key file to make a new identity, or give one written by heddle genesis',
    }),
  seedMalformed: (size: number) =>
    new HeddleError('P2P_SEED_MALFORMED', `the seed of a libp2p identity has ${size} bytes, expected 32`),
  addressMalformed: (text: string, cause: unknown) =>
    new HeddleError('P2P_ADDRESS_MALFORMED', `not a peer-to-peer address: ${JSON.stringify(text.slice(0, 120))}`, {
      cause,
      remedy: 'give a multiaddr such as /ip4/127.0.0.1/tcp/30303 or /dns4/validator-1/tcp/30303, and the peer id',
    }),
  listenFailed: (listen: string, cause: unknown) =>
    new HeddleError('P2P_LISTEN_FAILED', `cannot listen for peers on ${listen}: ${reasonOf(cause)}`, {
      cause,
      remedy: 'free the port or choose another',
    }),
  frameOversized: (sizeBytes: number, limitBytes: number) =>
    new HeddleError('P2P_FRAME_OVERSIZED', `a frame of ${sizeBytes} bytes exceeds ${limitBytes}`),
  batchMalformed: (what: string) => new HeddleError('P2P_BATCH_MALFORMED', `transaction batch: ${what}`),
  greetingMalformed: (what: string) => new HeddleError('P2P_GREETING_MALFORMED', `greeting: ${what}`),
  greetingRefused: (peerId: string, reason: string) =>
    new HeddleError('P2P_GREETING_REFUSED', `${peerId} refused the greeting: ${reason}`),
  streamEnded: (what: string, cause?: unknown) =>
    new HeddleError(
      'P2P_STREAM_ENDED',
      `the stream ended ${what}${cause === undefined ? '' : `: ${reasonOf(cause)}`}`,
      {
        cause,
      },
    ),
  timedOut: (what: string, timeoutMs: number) =>
    new HeddleError('P2P_TIMED_OUT', `${what} took longer than ${timeoutMs} ms`),
  tooSlow: (what: string, receivedBytes: number, elapsedMs: number) =>
    new HeddleError('P2P_TOO_SLOW', `of ${what} only ${receivedBytes} bytes came in ${elapsedMs} ms`),
  disconnecting: (why: string) => new HeddleError('P2P_DISCONNECTING', why),
  requestFailed: (peerId: string, kind: string, why: string, cause?: unknown) =>
    new HeddleError('P2P_REQUEST_FAILED', `request for ${kind} to ${peerId} failed: ${why}`, {
      cause,
      remedy: 'ask another peer',
    }),
};

/** A failure in a few words. libp2p also rejects with close events, which are no errors and carry one at most. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.map(reasonOf).join('; ');
  if (cause instanceof Error) return cause.message || cause.name;
  if (typeof cause === 'object' && cause !== null && 'error' in cause && cause.error !== undefined) {
    return reasonOf(cause.error);
  }
  return typeof cause === 'object' ? 'the stream closed' : String(cause);
}
