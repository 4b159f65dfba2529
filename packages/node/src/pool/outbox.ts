/** Bounds of one gossiped batch. */
const BATCH = { count: 500, sizeBytes: 64 * 1_024 } as const;
/** How long the first transaction of a batch waits for company: shortly when the pool was quiet. */
const FLUSH_MS = { quiet: 1, busy: 5 } as const;
/** Without a batch for this long the pool counts as quiet. */
const QUIET_MS = 100;

/** Gathers newly admitted transactions into batches for gossip. */
export class Outbox {
  readonly #send: (raws: readonly Uint8Array[]) => void;
  #raws: Uint8Array[] = [];
  #sizeBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastFlushMs = Number.NEGATIVE_INFINITY;

  /** `send` gets each batch once; it must not keep the array. */
  constructor(send: (raws: readonly Uint8Array[]) => void) {
    this.#send = send;
  }

  /** Puts `raw` into the next batch. */
  add(raw: Uint8Array): void {
    if (this.#sizeBytes + raw.length > BATCH.sizeBytes) this.flush();
    this.#raws.push(raw);
    this.#sizeBytes += raw.length;
    if (this.#raws.length >= BATCH.count || this.#sizeBytes >= BATCH.sizeBytes) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#isQuiet() ? FLUSH_MS.quiet : FLUSH_MS.busy);
  }

  /** Sends what is gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#raws.length === 0) return;
    const raws = this.#raws;
    this.#raws = [];
    this.#sizeBytes = 0;
    this.#lastFlushMs = performance.now();
    this.#send(raws);
  }

  #isQuiet(): boolean {
    return performance.now() - this.#lastFlushMs > QUIET_MS;
  }
}
