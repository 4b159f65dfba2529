/** Shows on standard error how far something is. */
export interface ProgressBar {
  /** `done` of `total`; `total` undefined: nobody knows. Call it as often as you like. */
  show(done: number, total: number | undefined): void;
  /** Leaves the line. What was shown last stays on it. */
  end(): void;
}

/** Where a bar is drawn: a terminal, or anything that takes lines. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const WIDTH = 30;
/** On a terminal: often enough to look alive. */
const REDRAW_MS = 100;
/** Elsewhere, a line each: a log must not fill up. */
const LINE_MS = 5_000;

/** A bar for `what` (`verifying the state`): one line that is drawn again and again, or now and then a new one. */
export function progressBar(
  what: string,
  stream: ProgressStream = process.stderr,
  now: () => number = () => performance.now(),
): ProgressBar {
  const isTerminal = stream.isTTY === true;
  let shownMs: number | undefined = isTerminal ? undefined : now(); // what ends at once needs no line in a log
  let isDrawn = false;
  return {
    show(done, total) {
      const isLast = isTerminal && done === total;
      if (!isLast && shownMs !== undefined && now() - shownMs < (isTerminal ? REDRAW_MS : LINE_MS)) return;
      shownMs = now();
      isDrawn = true;
      stream.write(
        isTerminal ? `\r${what} ${barOf(done, total)}\u001b[K` : `heddle: ${what}: ${textOf(done, total)}\n`,
      );
    },
    end() {
      if (isTerminal && isDrawn) stream.write('\n');
      isDrawn = false;
    },
  };
}

/** A bar for each stage of a work: `show` of another `what` ends the one before. */
export interface StagedBar {
  show(what: string, done: number, total: number): void;
  end(): void;
}

/** None is drawn yet. */
export function stagedBar(): StagedBar {
  let stage = '';
  let bar: ProgressBar | undefined;
  return {
    show(what, done, total) {
      if (what !== stage) {
        bar?.end();
        bar = progressBar(what);
        stage = what;
      }
      bar?.show(done, total);
    },
    end: () => bar?.end(),
  };
}

function barOf(done: number, total: number | undefined): string {
  if (total === undefined) return textOf(done, total);
  const filled = Math.floor(WIDTH * shareOf(done, total));
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${textOf(done, total)}`;
}

function textOf(done: number, total: number | undefined): string {
  if (total === undefined) return String(done);
  return shareText(done, total);
}

/** `40 % (4 of 10)`. */
export function shareText(done: number, total: number): string {
  return `${Math.floor(100 * shareOf(done, total))} % (${done} of ${total})`;
}

function shareOf(done: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}
