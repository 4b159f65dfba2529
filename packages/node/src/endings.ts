/** What ends one started part; may be called once. */
export type Ending = () => Promise<void> | void;

/** How the parts of something that was started one after another are ended: latest first, each exactly once. */
export class Endings {
  readonly #endings: Ending[] = [];
  readonly #onFault: (error: unknown) => void;
  #ended: Promise<void> | undefined;

  /** `onFault` hears of an ending that failed; the others go on. */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Whether the end has begun: what stops from now on was meant to. */
  get hasBegun(): boolean {
    return this.#ended !== undefined;
  }

  /** How to end a part that has just been started. One that comes when the end has begun is ended at once. */
  add(ending: Ending): void {
    if (this.#ended) this.#ended = Promise.all([this.#ended, this.#run(ending)]).then(() => undefined);
    else this.#endings.push(ending);
  }

  /** Ends everything that was added before. Resolves when that is done; safe to call again. */
  end(): Promise<void> {
    this.#ended ??= this.#endAll();
    return this.#ended;
  }

  async #endAll(): Promise<void> {
    for (const ending of this.#endings.reverse()) await this.#run(ending);
  }

  async #run(ending: Ending): Promise<void> {
    try {
      await ending();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
