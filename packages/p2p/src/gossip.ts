import './promise-with-resolvers.ts';

import { randomBytes } from 'node:crypto';
import type { GossipSub, GossipsubMessage, TopicValidatorResult } from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import { encodeBatch, splitBatch } from './codec/transaction-batch.ts';
import { reasonOf } from './errors.ts';
import { createGossipJudge } from './gossip-judge.ts';
import { PENALTY } from './limits.ts';
import type { LinkFaults } from './link-faults.ts';
import { dropConnection, type NetworkContext } from './network-context.ts';
import type { PeerLink } from './peer-link.ts';

/** What one peer sent at once: messages, beside subscriptions and control. */
export interface ReceivedRpc {
  readonly messages?: readonly unknown[];
}

/** What one peer is sent at once: messages, beside subscriptions and control. */
export interface SentRpc {
  readonly subscriptions?: readonly unknown[];
  readonly messages?: readonly { readonly data?: Uint8Array }[];
  readonly control?: object;
}

/** The parts of gossipsub that its interface leaves out. */
export interface ValidatingPubsub extends GossipSub {
  /** Takes what a peer sent; whoever stands in front of it decides what comes through. */
  handleReceivedRpc(from: PeerId, rpc: ReceivedRpc): Promise<void>;
  /** Sends a peer one frame. False: it could not be sent. */
  sendRpc(peerId: string, rpc: SentRpc): boolean;
  /** What a peer sent cannot be read: forgets the peer, for as long as its connection lasts, and tells nobody. */
  handlePeerReadStreamError(error: Error, peer: PeerId): void;
  reportMessageValidationResult(msgId: string, propagationSource: string, acceptance: TopicValidatorResult): void;
}

/** Transaction batches over gossipsub. */
export interface Gossip {
  publish(transactions: readonly Uint8Array[]): void;
  /** Peer ids that gossipsub reaches on our topic. */
  subscribers(): ReadonlySet<string>;
  stop(): void;
}

/** Subscribes and judges what comes. `linkOf` waits for a greeting under way; undefined: not one of ours. */
export function startGossip(
  context: NetworkContext,
  pubsub: ValidatingPubsub,
  linkOf: (peerId: string) => Promise<PeerLink | undefined>,
): Gossip {
  const { counters, limits } = context;
  const topic = context.protocols.transactionsTopic;
  const nextNonce = createNonces();
  const judge = createGossipJudge(context, linkOf);

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
  if (context.options.faults) disturb(pubsub, context.options.faults);
  splitFrames(pubsub, limits.batchHardBytes);
  giveUpOversized(pubsub, context);
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

/**
 * Lets the faults have each message of a peer before gossipsub counts it as seen: what one link loses, another brings.
 * Subscriptions and control pass.
 */
function disturb(pubsub: ValidatingPubsub, faults: LinkFaults): void {
  const receive = pubsub.handleReceivedRpc.bind(pubsub);
  pubsub.handleReceivedRpc = async (from, rpc) => {
    const peerId = from.toString();
    if (!faults.isDisturbed(peerId)) return receive(from, rpc);
    await receive(from, { ...rpc, messages: [] });
    for (const message of rpc.messages ?? []) {
      faults.arrive(peerId, () => void receive(from, { messages: [message] }).catch(() => undefined));
    }
  };
}

/**
 * Gossipsub answers a peer that lacks messages with all of them in one frame, which the peer would take for an offence
 * beyond its limit. Here a frame holds `frameBytes` of messages, or one of them.
 */
function splitFrames(pubsub: ValidatingPubsub, frameBytes: number): void {
  const send = pubsub.sendRpc.bind(pubsub);
  pubsub.sendRpc = (peerId, rpc) => {
    let frame: { readonly data?: Uint8Array }[] = [];
    let bytes = 0;
    for (const message of rpc.messages ?? []) {
      const size = message.data?.length ?? 0;
      if (frame.length > 0 && bytes + size > frameBytes) {
        if (!send(peerId, { subscriptions: [], messages: frame })) return false; // its queue is full
        [frame, bytes] = [[], 0];
      }
      frame.push(message);
      bytes += size;
    }
    return send(peerId, { ...rpc, messages: frame });
  };
}

/** A frame beyond the limit proves an offence, and gossip with that peer is over: a new connection begins it again. */
function giveUpOversized(pubsub: ValidatingPubsub, { links, penalize }: NetworkContext): void {
  const forget = pubsub.handlePeerReadStreamError.bind(pubsub);
  pubsub.handlePeerReadStreamError = (error, peer) => {
    forget(error, peer);
    if (!UNREADABLE_LENGTHS.has(error.name)) return; // a stream that broke is nobody's fault
    const peerId = peer.toString();
    const link = links.get(peerId);
    penalize(peerId, PENALTY.oversized, `gossip: ${error.message}`);
    if (link) dropConnection(link.connection, 'an oversized frame of gossip');
  };
}

/** Errors of it-length-prefixed, by name: a frame or its length is longer than may be. */
const UNREADABLE_LENGTHS: ReadonlySet<string> = new Set(['InvalidDataLengthError', 'InvalidDataLengthLengthError']);

const VERDICT_COUNTER = {
  accept: 'gossip_batches_accepted_total',
  ignore: 'gossip_batches_ignored_total',
  reject: 'gossip_batches_rejected_total',
} as const;

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
