import './promise-with-resolvers.ts';

import { createHash, randomBytes } from 'node:crypto';
import type { GossipSub, GossipsubMessage, GossipsubOpts, Message, TopicValidatorResult } from '@libp2p/gossipsub';
import { decodeBatch, encodeBatch, splitBatch } from './codec/transaction-batch.ts';
import { reasonOf } from './errors.ts';
import { type NetworkLimits, PENALTY } from './limits.ts';
import type { NetworkContext } from './network-context.ts';
import type { PeerLink } from './peer-link.ts';
import type { GossipVerdict } from './ports.ts';

/** The part of gossipsub that its interface leaves out: the verdict on a message that waits for it. */
export interface ValidatingPubsub extends GossipSub {
  reportMessageValidationResult(msgId: string, propagationSource: string, acceptance: TopicValidatorResult): void;
}

/** Transaction batches over gossipsub. */
export interface Gossip {
  publish(transactions: readonly Uint8Array[]): void;
  /** Peer ids that gossipsub reaches on our topic. */
  subscribers(): ReadonlySet<string>;
  stop(): void;
}

const MESSAGE_ID_BYTES = 20;
/** Batches that came before their sender was greeted and are kept until then. */
const AWAITING_GREETING = 16;

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
    scoreParams: { IPColocationFactorWeight: 0 },
  };
}

/** Subscribes and judges what comes. `linkOf` waits for a greeting under way; undefined: not one of ours. */
export function startGossip(
  context: NetworkContext,
  pubsub: ValidatingPubsub,
  linkOf: (peerId: string) => Promise<PeerLink | undefined>,
): Gossip {
  const { counters, handlers, limits } = context;
  const topic = context.protocols.transactionsTopic;
  const nextNonce = createNonces();
  let validating = 0;
  let awaitingGreeting = 0;

  const greeted = async (from: string): Promise<PeerLink | undefined> => {
    if (awaitingGreeting >= AWAITING_GREETING) return undefined;
    awaitingGreeting++;
    try {
      return await linkOf(from);
    } finally {
      awaitingGreeting--;
    }
  };
  const judge = async (data: Uint8Array, from: string): Promise<GossipVerdict> => {
    const link = context.links.get(from) ?? (await greeted(from));
    if (!link || context.isThrottled(from)) return 'ignore';
    if (!link.budget.batches.take(1)) {
      counters.add('throttled_total');
      if (link.identity.validator === undefined) context.penalize(from, PENALTY.flooding, 'too many batches');
      return 'ignore';
    }
    if (validating >= limits.validations || link.validating >= limits.validationsPerPeer) return 'ignore';
    let batch: Uint8Array[];
    try {
      batch = decodeBatch(data, limits);
    } catch (error) {
      counters.add('gossip_batches_malformed_total');
      context.penalize(from, PENALTY.malformed, reasonOf(error));
      return 'reject';
    }
    if (!link.budget.transactions.take(batch.length)) return 'ignore';
    validating++;
    link.validating++;
    try {
      const verdict = await withinTime(handlers.onTransactions(batch, from), limits.validationMs);
      if (verdict === 'reject') context.penalize(from, PENALTY.rejected, 'a batch with an invalid transaction');
      return verdict;
    } finally {
      validating--;
      link.validating--;
    }
  };
  const onMessage = (event: CustomEvent<GossipsubMessage>): void => {
    const { msg, msgId, propagationSource } = event.detail;
    const from = propagationSource.toString();
    if (msg.topic !== topic) return;
    counters.add('gossip_batches_received_total');
    void judge(msg.data, from).then((verdict) => {
      counters.add(VERDICT_COUNTER[verdict]);
      pubsub.reportMessageValidationResult(msgId, from, verdict as TopicValidatorResult);
    });
  };
  pubsub.addEventListener('gossipsub:message', onMessage);
  pubsub.subscribe(topic);

  return {
    publish(transactions) {
      const { batches, leftOut } = splitBatch(transactions, limits);
      counters.add('gossip_transactions_left_out_total', leftOut);
      for (const batch of batches) {
        counters.add('gossip_batches_sent_total');
        pubsub.publish(topic, encodeBatch(batch, nextNonce())).catch((error: unknown) => {
          counters.add('gossip_publish_failures_total');
          context.options.log.debug({ reason: reasonOf(error) }, 'transactions not published');
        });
      }
    },
    subscribers: () => new Set(pubsub.getSubscribers(topic).map((peer) => peer.toString())),
    stop() {
      pubsub.removeEventListener('gossipsub:message', onMessage);
    },
  };
}

const VERDICT_COUNTER = {
  accept: 'gossip_batches_accepted_total',
  ignore: 'gossip_batches_ignored_total',
  reject: 'gossip_batches_rejected_total',
} as const;

/** Messages without a signature have no sender and number to be known by, only their content. */
function messageId(message: Message): Uint8Array {
  return createHash('sha256').update(message.topic).update(message.data).digest().subarray(0, MESSAGE_ID_BYTES);
}

/** Eight bytes that no other batch of this or another node carries: four random ones of this start, then a count. */
function createNonces(): () => Uint8Array {
  const nonce = new Uint8Array(8);
  nonce.set(randomBytes(4));
  const view = new DataView(nonce.buffer);
  return () => {
    view.setUint32(4, (view.getUint32(4) + 1) >>> 0);
    return nonce;
  };
}

async function withinTime(verdict: Promise<GossipVerdict>, timeoutMs: number): Promise<GossipVerdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<GossipVerdict>((resolve) => {
    timer = setTimeout(() => resolve('ignore'), timeoutMs);
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    clearTimeout(timer);
  }
}
