/**
 * Lets some pieces of work run at once; of those that wait, the one for the lowest height comes next. What is needed
 * first is not held up by what came first.
 */
export class HeightOrder {
  readonly #atOnce: number;
  readonly #waiting: { readonly height: number; readonly begin: () => void }[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** What `work` resolves to, once its turn has come. It must end: those that wait do so until then. */
  async run<T>(height: number, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else await new Promise<void>((begin) => this.#waiting.push({ height, begin }));
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
    if (next) next.begin();
    else this.#running--;
  }
}
