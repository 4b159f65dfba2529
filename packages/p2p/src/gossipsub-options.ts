import { createHash } from 'node:crypto';
import type { GossipsubOpts, Message } from '@libp2p/gossipsub';
import type { NetworkLimits } from './limits.ts';

const MESSAGE_ID_BYTES = 20;

/** Gossipsub for a handful of validators and some full nodes: up to nine nodes it is a full mesh, one hop. */
export function gossipsubOptions(limits: NetworkLimits, topic: string): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: 'StrictNoSign', // transactions are signed anyway; signing costs 1.5 to 3 times the CPU
    msgIdFn: messageId,
    asyncValidation: true,
    floodPublish: true,
    batchPublish: true,
    emitSelf: false,
    doPX: false,
    fallbackToFloodsub: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    awaitRpcHandler: true,
    D: 8,
    Dlo: 6,
    Dhi: 12,
    Dout: 2,
    Dlazy: 6,
    heartbeatInterval: 700,
    seenTTL: 60_000,
    maxInboundDataLength: limits.gossipFrameBytes,
    maxOutboundBufferSize: limits.outgoingQueueBytes,
    allowedTopics: [topic],
    maxTopicBytesPerPeer: 64 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 100,
      maxMessages: 1_000,
      maxIhaveMessageIDs: 1_000,
      maxIwantMessageIDs: 1_000,
      maxIdontwantMessageIDs: 1_000,
      maxControlMessages: 1_000,
      maxPeerInfos: 10,
    },
    idontwantMinDataSize: 16 * 1024,
    // A whole devnet shares 127.0.0.1: with the default weight its nodes would graylist each other from the 11th on.
    scoreParams: { IPColocationFactorWeight: 0, retainScore: 60_000 },
  };
}

/** Messages without a signature have no sender and number to be known by, only their content. */
function messageId(message: Message): Uint8Array {
  return createHash('sha256').update(message.topic).update(message.data).digest().subarray(0, MESSAGE_ID_BYTES);
}
