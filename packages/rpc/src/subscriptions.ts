import { randomBytes } from 'node:crypto';
import type { BlockReadings } from './block-readings.ts';
import { rpcErrors } from './errors.ts';
import type { Head, HeadFeed } from './head-feed.ts';
import { headerJson } from './json/header-json.ts';
import type { RpcLimits } from './limits.ts';
import { createLogMatcher, type LogMatcher, matchingLogs } from './log-matcher.ts';
import type { RpcFigures } from './metrics.ts';
import type { LogCriteria } from './params/log-criteria.ts';

/** What a subscription tells about. */
export type Topic = { readonly kind: 'newHeads' } | { readonly kind: 'logs'; readonly criteria: LogCriteria };

/** The subscriptions of one WebSocket connection. */
export interface Subscriber {
  /**
   * Hears every head from now on; what happens before {@link start} is kept, so that a client knows the id first.
   *
   * @throws RpcError when the connection has too many.
   */
  subscribe(topic: Topic): string;
  /** Sends what was kept and from then on as it comes. */
  start(id: string): void;
  /** False when there is none of that id. */
  unsubscribe(id: string): boolean;
  /** Ends all of them. */
  close(): void;
}

/** Makes the subscribers of all connections: each head is turned into text once for all of them. */
export interface Subscriptions {
  /** `send` takes one JSON text. */
  subscriber(send: (text: string) => void): Subscriber;
}

interface Subscription {
  readonly isHeads: boolean;
  readonly matcher: LogMatcher | undefined;
  /** Undefined once started. */
  kept: string[] | undefined;
}

/** Subscriptions over the feed of heads. */
export function createSubscriptions(dependencies: {
  readonly heads: HeadFeed;
  readonly blocks: BlockReadings;
  readonly limits: RpcLimits;
  readonly figures: RpcFigures;
}): Subscriptions {
  const { heads, blocks, limits, figures } = dependencies;
  let lastHeader: { readonly hash: string; readonly text: string } | undefined;

  const headerText = ({ hash, block }: Head): string => {
    if (lastHeader?.hash !== hash) lastHeader = { hash, text: JSON.stringify(headerJson(block.header, hash)) };
    return lastHeader.text;
  };
  const logTexts = (head: Head, matcher: LogMatcher): string[] => {
    if (!matcher.mayMatch(head.block.header.logsBloom)) return [];
    return matchingLogs(blocks.add(head), matcher).map((log) => JSON.stringify(log));
  };

  return {
    subscriber(send) {
      const subscriptions = new Map<string, Subscription>();
      let stop: (() => void) | undefined;
      const tell = (subscription: Subscription, id: string, text: string) => {
        const message = notification(id, text);
        if (subscription.kept === undefined) send(message);
        else subscription.kept.push(message); // at most one answer's wait long
      };
      const onHead = (head: Head) => {
        for (const [id, subscription] of subscriptions) {
          if (subscription.isHeads) tell(subscription, id, headerText(head));
          if (subscription.matcher === undefined) continue;
          for (const text of logTexts(head, subscription.matcher)) tell(subscription, id, text);
        }
      };
      const remove = (id: string): boolean => {
        if (!subscriptions.delete(id)) return false;
        figures.gauges.subscriptions--;
        if (subscriptions.size === 0) {
          stop?.();
          stop = undefined;
        }
        return true;
      };
      return {
        subscribe(topic) {
          if (subscriptions.size >= limits.subscriptionsPerConnection) {
            throw rpcErrors.tooManySubscriptions(limits.subscriptionsPerConnection);
          }
          const id = `0x${randomBytes(16).toString('hex')}`;
          const matcher = topic.kind === 'logs' ? createLogMatcher(topic.criteria) : undefined;
          subscriptions.set(id, { isHeads: topic.kind === 'newHeads', matcher, kept: [] });
          figures.gauges.subscriptions++;
          stop ??= heads.listen(onHead);
          return id;
        },
        start(id) {
          const subscription = subscriptions.get(id);
          if (subscription?.kept === undefined) return;
          for (const message of subscription.kept) send(message);
          subscription.kept = undefined;
        },
        unsubscribe: remove,
        close() {
          for (const id of [...subscriptions.keys()]) remove(id);
        },
      };
    },
  };
}

function notification(id: string, result: string): string {
  return `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${result}}}`;
}
