import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How late a thread's event loop is: what waits on it (votes on main, answers on rpc) waits so long besides its work. */
export interface LoopDelay {
  /** Seconds, of the last whole window: 99 of 100 looks were less late than `p99`. */
  figures(): { readonly p99: number; readonly max: number };
  stop(): void;
}

/** Milliseconds between two looks. */
const RESOLUTION_MS = 20;
/** A window is long enough for 500 looks, and short enough to show what is the matter now. */
const WINDOW_MS = 10_000;

/** Watches the thread that calls it. Does not keep it alive. */
export function watchLoopDelay(windowMs = WINDOW_MS): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let last: ReturnType<LoopDelay['figures']> | undefined;
  const timer = setInterval(() => {
    last = read(histogram);
    histogram.reset();
  }, windowMs);
  timer.unref();
  return {
    figures: () => last ?? read(histogram),
    stop() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** What is counted is the whole time between two looks. */
function read(histogram: IntervalHistogram): { readonly p99: number; readonly max: number } {
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) / 1_000;
  return histogram.count === 0 ? { p99: 0, max: 0 } : { p99: late(histogram.percentile(99)), max: late(histogram.max) };
}
