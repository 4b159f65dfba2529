/** One answer in the making. */
export interface PendingAnswer {
  /** Head of the view that it reads from now; undefined when it holds none and would open a new one. */
  readonly openHead: number | undefined;
}

/**
 * Keeps the heads that one connection is answered from ascending, though its requests run at the same time: an answer
 * waits while another still reads from an older view. An answer that saw no view never waits.
 */
export interface AnswerOrder {
  begin(request: PendingAnswer): void;
  /** The answer is there, from a view with `seenHead`; `release` is called once it may go. */
  finish(request: PendingAnswer, seenHead: number | undefined, release: () => void): void;
}

interface Held {
  readonly seenHead: number;
  readonly release: () => void;
}

/** The order of one connection. Bounded by its requests in progress; none is held longer than the slowest of them. */
export function createAnswerOrder(): AnswerOrder {
  const running = new Set<PendingAnswer>();
  let held: Held[] = [];
  return {
    begin: (request) => running.add(request),
    finish(request, seenHead, release) {
      running.delete(request);
      held.push({ seenHead: seenHead ?? -1, release });
      held.sort((left, right) => left.seenHead - right.seenHead);
      let oldest = Number.POSITIVE_INFINITY;
      for (const { openHead } of running) oldest = Math.min(oldest, openHead ?? Number.POSITIVE_INFINITY);
      const free = held.filter((answer) => answer.seenHead <= oldest);
      held = held.filter((answer) => answer.seenHead > oldest);
      for (const answer of free) answer.release();
    },
  };
}
