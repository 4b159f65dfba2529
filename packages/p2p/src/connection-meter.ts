import type { MessageStream, StreamMessageEvent } from '@libp2p/interface';
import { bytesRate } from './byte-rate.ts';
import type { NetworkContext } from './network-context.ts';
import { createTokenBucket } from './token-bucket.ts';

/** A throttled validator is read as if each of its bytes were so many. */
const THROTTLED_COST = 64;

/**
 * Counts all that comes in on a connection, gossip, requests and the multiplexer's own frames included. A peer that sends
 * faster than its budget is read later: the socket rests, so its own queue fills, ours does not. Call once the connection
 * is encrypted: before, nobody reads its messages and they would be lost.
 */
export function meterConnection(context: NetworkContext, peerId: string, connection: MessageStream): void {
  const { counters, limits, links, now } = context;
  const ungreeted = createTokenBucket(bytesRate(limits, undefined), now);
  let resumeTimer: NodeJS.Timeout | undefined;
  const resume = (): void => {
    resumeTimer = undefined;
    const link = links.get(peerId);
    if (link) link.lastReceivedMs = now(); // the rest was ours, not its silence
    if (connection.status === 'open') connection.resume();
  };
  connection.addEventListener('message', ({ data }: StreamMessageEvent) => {
    counters.add('received_bytes_total', data.byteLength);
    const bucket = links.get(peerId)?.budget.bytes ?? ungreeted;
    const waitMs = bucket.borrow(context.isThrottled(peerId) ? data.byteLength * THROTTLED_COST : data.byteLength);
    if (waitMs === 0 || resumeTimer || connection.status !== 'open') return;
    counters.add('throttled_total');
    connection.pause();
    // Never longer than silence is allowed to last, or the rest would look like the peer's death.
    resumeTimer = setTimeout(resume, Math.min(waitMs, limits.silenceMs / 2));
  });
  connection.addEventListener('close', () => clearTimeout(resumeTimer));
}
