import type { BlockReadings } from './block-readings.ts';
import { rpcErrors } from './errors.ts';
import type { HeadFeed } from './head-feed.ts';
import type { RpcLimits } from './limits.ts';
import type { ChainView, RpcPorts } from './ports.ts';
import type { Submissions } from './submissions.ts';
import type { Subscriber } from './subscriptions.ts';
import type { TipOracle } from './tip-oracle.ts';
import type { Turns } from './turns.ts';

/** What all requests of one server share. */
export interface ServerServices {
  readonly ports: RpcPorts;
  readonly limits: RpcLimits;
  readonly heads: HeadFeed;
  readonly blocks: BlockReadings;
  readonly tips: TipOracle;
  readonly submissions: Submissions;
  readonly turns: Turns;
  /** Aborted when the server closes: whoever waits gives up. */
  readonly closing: AbortSignal;
}

/** What a handler works with. One per request; all calls of a batch share it, and with it one view of the chain. */
export interface MethodContext extends ServerServices {
  /** The chain as this request sees it: opened at the first call, the same until it is refreshed or released. */
  view(): ChainView;
  /**
   * A view that was opened now, for answers that must include what another thread just told. The calls that follow in
   * the batch see it too, so that heads never go back.
   */
  refreshView(): ChainView;
  /** Lets go of the view before a long wait; the next `view()` opens a new one. */
  releaseView(): void;
  /** The WebSocket connection of the request; undefined over HTTP. */
  readonly subscriber: Subscriber | undefined;
  /** Runs `action` once the answer has been handed to the connection. */
  afterAnswer(action: () => void): void;
  /**
   * Call between steps of a long loop: lets other requests pass when this one has run for a while. Rejects with an
   * RpcError when it would be the first time and those that run already keep each other waiting too long.
   */
  pause(): Promise<void> | undefined;
}

/** A context whose owner closes it. */
export interface OwnedContext extends MethodContext {
  /** The head of the newest view that this request has seen; undefined when it saw none. */
  readonly seenHead: number | undefined;
  /** The head of the view that is open now. */
  readonly openHead: number | undefined;
  /** Runs what waits for the answer to be sent. */
  answered(): void;
  /** Must be called once. */
  close(): void;
}

/** The context of one request. */
export function createContext(services: ServerServices, subscriber: Subscriber | undefined): OwnedContext {
  const { ports, limits, turns } = services;
  const afterwards: (() => void)[] = [];
  let current: ChainView | undefined;
  let seenHead: number | undefined;
  let sliceEnd = performance.now() + limits.sliceMs;
  let isLong = false;

  const view = () => {
    current ??= ports.chain.view();
    seenHead = Math.max(seenHead ?? 0, current.headNumber);
    return current;
  };
  const releaseView = () => {
    current?.close();
    current = undefined;
  };
  return {
    ...services,
    subscriber,
    view,
    releaseView,
    refreshView() {
      releaseView();
      return view();
    },
    afterAnswer: (action) => afterwards.push(action),
    pause() {
      if (performance.now() < sliceEnd) return undefined;
      if (!isLong && turns.isOverloaded) return Promise.reject(rpcErrors.overloaded());
      isLong = true;
      return turns.next().then(() => {
        sliceEnd = performance.now() + limits.sliceMs;
      });
    },
    get seenHead() {
      return seenHead;
    },
    get openHead() {
      return current?.headNumber;
    },
    answered() {
      for (const action of afterwards) action();
    },
    close: releaseView,
  };
}
