import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { createFrameDecoder } from './codec/frame.ts';
import { reasonOf } from './errors.ts';
import { PENALTY } from './limits.ts';
import type { NetworkContext } from './network-context.ts';
import type { PeerLink } from './peer-link.ts';
import { abortStream } from './stream-io.ts';

/** A throttled validator is read as if each of its bytes were so many. */
const THROTTLED_COST = 64;

/**
 * Hands the frames of a peer's consensus stream to the node, in order. A peer has one such stream; a newer one replaces
 * the older. A peer that sends faster than its budget is read later: its own queue fills, ours does not.
 */
export function receiveConsensus(context: NetworkContext, link: PeerLink, stream: Stream): void {
  const { limits, counters, handlers, options } = context;
  const { peerId } = link.identity;
  if (link.incoming) abortStream(link.incoming, 'since a newer consensus stream took its place');
  link.incoming = stream;
  const decoder = createFrameDecoder(limits.consensusMessageBytes);
  let resumeTimer: NodeJS.Timeout | undefined;

  const throttle = (receivedBytes: number): void => {
    const cost = context.isThrottled(peerId) ? receivedBytes * THROTTLED_COST : receivedBytes;
    const waitMs = link.budget.bytes.borrow(cost);
    if (waitMs === 0 || resumeTimer || stream.status !== 'open') return;
    counters.add('throttled_total');
    stream.pause();
    // Never longer than silence is allowed to last, or the pause would look like the peer's death.
    resumeTimer = setTimeout(
      () => {
        resumeTimer = undefined;
        link.lastReceivedMs = context.now();
        if (stream.status === 'open') stream.resume();
      },
      Math.min(waitMs, limits.silenceMs / 2),
    );
  };
  const deliver = (frame: Uint8Array): void => {
    counters.add('consensus_messages_received_total');
    if (handlers.onConsensusMessage(frame, link.identity)) return;
    counters.add('messages_malformed_total');
    context.penalize(peerId, PENALTY.rejected, 'malformed consensus message');
  };
  const onMessage = (event: StreamMessageEvent): void => {
    const bytes = event.data.subarray();
    counters.add('consensus_received_bytes_total', bytes.length);
    link.lastReceivedMs = context.now();
    let frames: Uint8Array[];
    try {
      frames = decoder.push(bytes);
    } catch (error) {
      counters.add('frames_oversized_total');
      abortStream(stream, 'after an oversized frame');
      context.penalize(peerId, PENALTY.oversized, reasonOf(error));
      return;
    }
    for (const frame of frames) {
      if (stream.status === 'aborted') return; // a penalty ended it meanwhile
      if (frame.length === 0) continue; // a heartbeat
      if (options.faults) options.faults.arrive(peerId, () => context.links.get(peerId) === link && deliver(frame));
      else deliver(frame);
    }
    throttle(bytes.length);
  };
  stream.addEventListener('message', onMessage);
  stream.addEventListener('close', () => {
    clearTimeout(resumeTimer);
    if (link.incoming === stream) link.incoming = undefined;
  });
}
