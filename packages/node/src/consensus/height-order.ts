/** Runs one piece of work at a time; of those that wait, the one for the lowest height comes next. */
export class HeightOrder {
  readonly #waiting: { readonly height: number; readonly begin: () => void }[] = [];
  #isRunning = false;

  /** What `work` resolves to, once its turn has come. It must end: those that wait do so until then. */
  async run<T>(height: number, work: () => Promise<T>): Promise<T> {
    if (this.#isRunning) await new Promise<void>((begin) => this.#waiting.push({ height, begin }));
    this.#isRunning = true;
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  /** The place of who has ended goes to the lowest; nobody who comes meanwhile takes it. */
  #passOn(): void {
    const lowest = Math.min(...this.#waiting.map(({ height }) => height));
    const index = this.#waiting.findIndex(({ height }) => height === lowest);
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    this.#isRunning = next !== undefined;
    next?.begin();
  }
}
