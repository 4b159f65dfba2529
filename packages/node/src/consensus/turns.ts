/** Work that is done one piece after another, none before the one before has ended. */
export class Turns {
  readonly #onError: (error: unknown) => void;
  #first: (() => Promise<void> | void)[] = [];
  #rest: (() => Promise<void> | void)[] = [];
  #running: Promise<void> | undefined;
  readonly #onEnd = new Set<(nothing: undefined) => void>();
  #isOver = false;

  /** `onError` hears of anything that a piece throws; nothing runs after that. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Pieces that wait. */
  get waitingCount(): number {
    return this.#first.length + this.#rest.length;
  }

  /** Adds `work` at the end. */
  add(work: () => Promise<void> | void): void {
    this.#rest.push(work);
    this.#wake();
  }

  /** Adds `work` before all that was added by {@link add}. */
  addFirst(work: () => Promise<void> | void): void {
    this.#first.push(work);
    this.#wake();
  }

  /** What `work` gives, once it had its turn; undefined when nothing runs any more. */
  ask<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#onEnd.add(resolve);
      this.add(async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        } finally {
          this.#onEnd.delete(resolve);
        }
      });
    });
  }

  /** Nothing waiting is begun any more. Resolves when the piece in progress has ended. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#first = [];
    this.#rest = [];
    for (const resolve of this.#onEnd) resolve(undefined);
    this.#onEnd.clear();
    await this.#running;
  }

  #wake(): void {
    if (!this.#isOver) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await undefined; // never inside the call that adds: a piece may add others
    try {
      for (let work = this.#next(); work; work = this.#next()) {
        const rest = work();
        if (rest) await rest; // most pieces are over already
      }
    } catch (error) {
      this.#isOver = true;
      this.#onError(error);
    } finally {
      this.#running = undefined;
    }
  }

  #next(): (() => Promise<void> | void) | undefined {
    return this.#isOver ? undefined : (this.#first.shift() ?? this.#rest.shift());
  }
}
