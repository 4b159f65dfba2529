import type { Stream } from '@libp2p/interface';
import { encodeFrame } from './codec/frame.ts';
import { p2pErrors, reasonOf } from './errors.ts';
import { PENALTY } from './limits.ts';
import { hasCode, type NetworkContext } from './network-context.ts';
import type { PeerLink } from './peer-link.ts';
import type { NetworkRequest } from './ports.ts';
import { createSlots, type Slots } from './slots.ts';
import { abortStream, readFrame, sendLast } from './stream-io.ts';

const KINDS = ['blocks', 'transactions', 'pool'] as const satisfies readonly NetworkRequest['kind'][];

/** How long the answer to each may take. */
const TIME_LIMIT = {
  blocks: 'blocksRequestMs',
  transactions: 'transactionsRequestMs',
  pool: 'poolRequestMs',
} as const satisfies Record<NetworkRequest['kind'], string>;

/** First byte of an answer. */
const ANSWER = { found: 0, none: 1, busy: 2 } as const;

/** Asking and answering: each request has a stream of its own, so none waits behind another's long answer. */
export interface Requests {
  /** @throws HeddleError `P2P_REQUEST_FAILED` */
  ask(peerId: string, request: NetworkRequest): Promise<Uint8Array>;
  /** Answers the one request on a stream that a greeted peer opened. */
  serve(link: PeerLink, stream: Stream): Promise<void>;
  readonly inFlight: number;
}

/** No request under way yet. */
export function createRequests(context: NetworkContext): Requests {
  const { limits } = context;
  const slots = createSlots({
    total: limits.requests,
    perKey: limits.requestsPerPeer,
    waitingPerKey: limits.requestsWaitingPerPeer,
  });
  let serving = 0;
  return {
    get inFlight() {
      return slots.taken;
    },
    ask: (peerId, request) => ask(context, slots, peerId, request),
    async serve(link, stream) {
      if (link.serving >= limits.servedPerPeer) {
        // An honest node waits for a place with its own requests: it never asks for so much at once.
        if (link.identity.validator === undefined) {
          context.penalize(link.identity.peerId, PENALTY.flooding, 'too many requests at once');
        }
        return refuse(context, stream);
      }
      if (serving >= limits.served) return refuse(context, stream);
      serving++;
      link.serving++;
      try {
        await answer(context, link, stream);
      } finally {
        serving--;
        link.serving--;
      }
    },
  };
}

async function ask(
  context: NetworkContext,
  slots: Slots,
  peerId: string,
  request: NetworkRequest,
): Promise<Uint8Array> {
  const { limits, counters, links } = context;
  const timeoutMs = limits[TIME_LIMIT[request.kind]];
  const endMs = context.now() + timeoutMs;
  counters.add('requests_sent_total');
  const failed = (why: string, cause?: unknown): Error => {
    counters.add('request_failures_total');
    return p2pErrors.requestFailed(peerId, request.kind, why, cause);
  };
  if (request.payload.length + 1 > limits.requestBytes) throw failed(`${request.payload.length} bytes are too many`);
  if (!links.get(peerId)) throw failed('not connected');
  if (!(await slots.take(peerId, timeoutMs))) throw failed('too many requests wait for this peer');
  try {
    const connection = links.get(peerId)?.connection;
    if (!connection) throw failed('not connected');
    return await exchange(context, connection, request, Math.ceil(Math.max(1, endMs - context.now())));
  } catch (error) {
    if (hasCode(error, 'P2P_REQUEST_FAILED')) throw error;
    if (hasCode(error, 'P2P_FRAME_OVERSIZED')) {
      counters.add('frames_oversized_total');
      context.penalize(peerId, PENALTY.oversized, 'oversized answer');
    }
    throw failed(reasonOf(error), error);
  } finally {
    slots.give(peerId);
  }
}

async function exchange(
  context: NetworkContext,
  connection: PeerLink['connection'],
  request: NetworkRequest,
  timeoutMs: number,
): Promise<Uint8Array> {
  const endMs = context.now() + timeoutMs;
  const stream = await connection.newStream(context.protocols.request, { signal: AbortSignal.timeout(timeoutMs) });
  try {
    stream.send(encodeFrame(Uint8Array.of(KINDS.indexOf(request.kind)), request.payload));
    const frame = await readFrame(stream, {
      limitBytes: context.limits.responseBytes,
      timeoutMs: Math.ceil(Math.max(1, endMs - context.now())),
      what: 'the answer',
      leastPace: { afterMs: context.limits.answerPaceAfterMs, bytesPerSecond: context.limits.answerPaceBytes },
    });
    if (context.options.faults?.loses(connection.remotePeer.toString()))
      throw p2pErrors.timedOut('the answer', timeoutMs);
    if (frame[0] === ANSWER.found) return frame.subarray(1);
    const why = frame[0] === ANSWER.none ? 'it has no answer' : 'it is busy';
    context.counters.add('request_failures_total');
    throw p2pErrors.requestFailed(connection.remotePeer.toString(), request.kind, why);
  } finally {
    abortStream(stream, 'since its request is over'); // our side was never closed: a half-closed stream would linger
  }
}

async function answer(context: NetworkContext, link: PeerLink, stream: Stream): Promise<void> {
  const { limits, counters, handlers, options } = context;
  const { peerId } = link.identity;
  try {
    const frame = await readFrame(stream, {
      limitBytes: limits.requestBytes,
      timeoutMs: limits.greetingMs,
      what: 'the request',
    });
    const kind = KINDS[frame[0] ?? KINDS.length];
    if (kind === undefined) {
      counters.add('messages_malformed_total');
      abortStream(stream, 'after a malformed request');
      context.penalize(peerId, PENALTY.malformed, 'malformed request');
      return;
    }
    if (context.isThrottled(peerId) || !link.budget.requests.take(1)) return await refuse(context, stream);
    const payload = await handlers.onRequest({ kind, payload: frame.subarray(1) }, link.identity);
    counters.add('requests_served_total');
    const fits = payload !== undefined && payload.length < limits.responseBytes;
    const reply = fits ? encodeFrame(Uint8Array.of(ANSWER.found), payload) : encodeFrame(Uint8Array.of(ANSWER.none));
    await (options.faults?.sendAnswer ?? sendLast)(stream, reply, limits[TIME_LIMIT[kind]]);
  } catch (error) {
    if (hasCode(error, 'P2P_FRAME_OVERSIZED')) {
      counters.add('frames_oversized_total');
      context.penalize(peerId, PENALTY.oversized, 'oversized request');
    }
    context.options.log.debug({ peerId, reason: reasonOf(error) }, 'request unanswered');
    abortStream(stream, 'since its request failed');
  }
}

async function refuse(context: NetworkContext, stream: Stream): Promise<void> {
  context.counters.add('requests_refused_total');
  try {
    await sendLast(stream, encodeFrame(Uint8Array.of(ANSWER.busy)), context.limits.greetingMs);
  } catch {
    // nothing is lost: the asker hears of the refusal by its stream's end
  }
  abortStream(stream, 'since its request was refused');
}
