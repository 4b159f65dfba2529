import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { createFrameDecoder } from './codec/frame.ts';
import { reasonOf } from './errors.ts';
import { PENALTY } from './limits.ts';
import type { NetworkContext } from './network-context.ts';
import type { PeerLink } from './peer-link.ts';
import { abortStream } from './stream-io.ts';

/**
 * Hands the frames of a peer's consensus stream to the node, in order. A peer has one such stream; a newer one replaces
 * the older. How many bytes it may send is the connection's matter.
 */
export function receiveConsensus(context: NetworkContext, link: PeerLink, stream: Stream): void {
  const { limits, counters, handlers, options } = context;
  const { peerId } = link.identity;
  if (link.incoming) abortStream(link.incoming, 'since a newer consensus stream took its place');
  link.incoming = stream;
  const decoder = createFrameDecoder(limits.consensusMessageBytes);

  const deliver = (frame: Uint8Array): void => {
    counters.add('consensus_messages_received_total');
    if (link.identity.validator === undefined && !link.budget.messages.take(1)) {
      counters.add('throttled_total');
      context.penalize(peerId, PENALTY.flooding, 'too many consensus messages');
      return;
    }
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
  };
  stream.addEventListener('message', onMessage);
  stream.addEventListener('close', () => {
    if (link.incoming === stream) link.incoming = undefined;
  });
}
