import type { MessageStream, StreamMessageEvent } from '@libp2p/interface';
import type { LinkRule } from './link-rule.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What stands between a connection's bytes and whoever reads them. */
export interface DelayLine {
  /** The rule from now on; what waits already keeps its time. */
  follow(rule: Pick<LinkRule, 'isCut' | 'delayMs' | 'jitterMs'>): void;
  /** The connection is gone, and what waits with it. */
  close(): void;
}

interface Held {
  readonly event: StreamMessageEvent;
  readonly dueMs: number;
}

/** Bytes held of one connection; above it the socket is not read, and its sender has to wait. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/**
 * Takes the place of the connection's reader: bytes reach it later, in order, or, while the link is cut, not at all.
 * Without a rule they pass at once. All events but `message` pass unheld.
 */
export function openDelayLine(connection: MessageStream, random: SeededRandom): DelayLine {
  const dispatch = connection.dispatchEvent.bind(connection);
  const held: Held[] = [];
  let heldBytes = 0;
  let isPaused = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let rule: Pick<LinkRule, 'isCut' | 'delayMs' | 'jitterMs'> = { isCut: false, delayMs: 0, jitterMs: 0 };

  const hold = (event: StreamMessageEvent): void => {
    const delayMs = Math.max(0, rule.delayMs + rule.jitterMs * (2 * random() - 1));
    held.push({ event, dueMs: performance.now() + delayMs });
    heldBytes += event.data.byteLength;
    balance();
    if (held.length === 1) schedule();
  };
  const release = (): void => {
    timer = undefined;
    while (!isClosed && !rule.isCut && held[0] !== undefined && held[0].dueMs <= performance.now()) {
      const { event } = held.shift() as Held;
      heldBytes -= event.data.byteLength;
      dispatch(event);
    }
    balance();
    schedule();
  };
  const schedule = (): void => {
    if (timer || isClosed || rule.isCut || held[0] === undefined) return;
    timer = setTimeout(release, Math.max(0, held[0].dueMs - performance.now()));
  };
  /** Reads the socket no further while the link is cut or too much is held. */
  const balance = (): void => {
    const wanted = rule.isCut || heldBytes > (isPaused ? MAX_HELD_BYTES / 2 : MAX_HELD_BYTES);
    if (wanted === isPaused || isClosed || connection.status !== 'open') return;
    isPaused = wanted;
    if (wanted) connection.pause();
    else connection.resume();
  };

  connection.dispatchEvent = (event: Event): boolean => {
    const isHeld = event.type === 'message' && (held.length > 0 || rule.isCut || rule.delayMs > 0);
    if (!isHeld) return dispatch(event);
    hold(event as StreamMessageEvent);
    return true;
  };
  return {
    follow(next) {
      rule = next;
      clearTimeout(timer);
      timer = undefined;
      balance();
      schedule();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      held.length = 0;
    },
  };
}
