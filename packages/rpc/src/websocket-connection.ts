import type { WebSocket } from 'ws';
import { createAnswerOrder } from './answer-order.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { RpcLimits } from './limits.ts';
import type { RpcLog } from './log.ts';
import type { RpcFigures } from './metrics.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What a connection works with. */
export interface WebSocketServices {
  readonly dispatcher: Dispatcher;
  readonly subscriptions: Subscriptions;
  readonly limits: RpcLimits;
  readonly figures: RpcFigures;
  readonly log: RpcLog;
}

/** Serves JSON-RPC on an accepted WebSocket until it closes. */
export function serveWebSocket(socket: WebSocket, services: WebSocketServices): void {
  const { dispatcher, subscriptions, limits, figures } = services;
  const order = createAnswerOrder();
  let inProgress = 0;

  const drop = (reason: 'backlog' | 'ping') => {
    figures.countDrop(reason);
    services.log.info({ reason }, 'websocket connection dropped');
    socket.terminate();
  };
  const send = (text: string, backlogBytes: number) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > backlogBytes) return drop('backlog');
    socket.send(text, () => resumeWhenFree());
  };
  const notify = (text: string) => send(text, limits.bufferedBytesPerConnection);
  // An answer may be larger than the backlog that is allowed: it counts only for what comes after it.
  const answer = (text: string) => send(text, limits.bufferedBytesPerConnection + limits.responseSizeBytes);
  const isFull = () =>
    inProgress >= limits.requestsPerConnection || socket.bufferedAmount > limits.bufferedBytesPerConnection;
  const resumeWhenFree = () => {
    if (socket.isPaused && !isFull()) socket.resume();
  };
  const subscriber = subscriptions.subscriber(notify);

  socket.on('message', (data) => {
    // Bytes that are no UTF-8 and binary messages are read as text: what is no JSON is answered as such.
    const { context, answer: answering } = dispatcher.begin(data.toString(), subscriber);
    order.begin(context);
    inProgress++;
    if (isFull()) socket.pause();
    void answering.then((text) => {
      context.close();
      inProgress--;
      resumeWhenFree();
      order.finish(context, context.seenHead, () => {
        if (text !== undefined) answer(text);
        context.answered();
      });
    });
  });

  const stopPinging = keepAlive(socket, limits.pingIntervalMs, () => drop('ping'));
  figures.gauges.websockets++;
  socket.on('error', () => socket.terminate()); // a frame that breaks the protocol or is too large
  socket.on('close', () => {
    figures.gauges.websockets--;
    stopPinging();
    subscriber.close();
  });
}

/** Pings; `onDead` when two in a row stay without an answer. Returns the way to stop. */
function keepAlive(socket: WebSocket, intervalMs: number, onDead: () => void): () => void {
  let missed = 0;
  socket.on('pong', () => {
    missed = 0;
  });
  const timer = setInterval(() => {
    if (missed >= 2) return onDead();
    missed++;
    socket.ping();
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
