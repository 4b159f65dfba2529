/** One measured or counted thing of a case, with what it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** `ms`, `blocks`, `%` …; empty for a bare count. */
  readonly unit: string;
  /** In words: `at most 2000`. Empty for a figure that is only told. */
  readonly limit: string;
  readonly isKept: boolean;
  /**
   * safety: what must hold on every machine and under any load. time: what holds on a quiet machine; the CI suite prints
   * it and goes on.
   */
  readonly kind: 'safety' | 'time' | 'told';
}

/** The figures of one case, in the order in which they were taken. */
export class Figures {
  readonly all: Figure[] = [];

  /** A duration in whole milliseconds, to be at most `limitMs` on a quiet machine. */
  tookAtMost(what: string, tookMs: number, limitMs: number): void {
    const value = Math.round(tookMs);
    this.#add({ what, value, unit: 'ms', limit: `at most ${limitMs}`, isKept: value <= limitMs, kind: 'time' });
  }

  /** A figure other than a duration that depends on the machine, to be at most `limit`. */
  measuredAtMost(what: string, value: number, limit: number, unit = ''): void {
    this.#add({ what, value: round(value), unit, limit: `at most ${limit}`, isKept: value <= limit, kind: 'time' });
  }

  /** As {@link measuredAtMost}, to be at least `limit`. */
  measuredAtLeast(what: string, value: number, limit: number, unit = ''): void {
    this.#add({ what, value: round(value), unit, limit: `at least ${limit}`, isKept: value >= limit, kind: 'time' });
  }

  /** A count that must be exactly this, whatever the machine. */
  mustBe(what: string, value: number, expected: number): void {
    this.#add({ what, value, unit: '', limit: `exactly ${expected}`, isKept: value === expected, kind: 'safety' });
  }

  /** A count that must be at least this, whatever the machine. */
  mustBeAtLeast(what: string, value: number, least: number): void {
    this.#add({ what, value, unit: '', limit: `at least ${least}`, isKept: value >= least, kind: 'safety' });
  }

  /** A count that must be at most this, whatever the machine. */
  mustBeAtMost(what: string, value: number, most: number): void {
    this.#add({ what, value, unit: '', limit: `at most ${most}`, isKept: value <= most, kind: 'safety' });
  }

  /** A figure without a limit. */
  tell(what: string, value: number, unit = ''): void {
    this.#add({ what, value: round(value), unit, limit: '', isKept: true, kind: 'told' });
  }

  #add(figure: Figure): void {
    this.all.push(figure);
  }
}

function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
