// Exactly one worker of a block runs at a time: who has the turn. Each atomic access of the core asks here first, and
// here is decided who goes on. All of it stands in one shared array that only the worker whose turn it is writes, so that
// a schedule, once written down, gives the same steps again.

/** Workers that one schedule can hold. */
export const MAX_SCHEDULED = 8;
/** Steps after which a block is taken for one that never ends. */
const MAX_STEPS = 200_000;
/** Switches that a listed schedule can hold. */
const MAX_SWITCHES = 64;

const ACTIVE = 0;
const STEP = 1;
const FAILURE = 2;
const COUNT = 3;
/** The workers have all left the block; futex of whoever gathers them. */
const LEFT = 4;
const RANDOM = 5;
/** Of 65,536: how often a step gives the turn away, when switches are drawn. */
const CHANCE = 6;
const NEXT_SWITCH = 7;
const SWITCH_COUNT = 8;
const HAND_OVERS = 9;
const DEATH_STEP = 10;
const DEATH_WORKER = 11;
const DEATH_KIND = 12;
/** A worker that has died without anybody knowing, + 1. */
const UNBURIED = 13;
const DEATHS = 14;
const WAITERS = 15;
const WORLD = 16;
const SWITCHES = 64;
const WORKERS = SWITCHES + 2 * MAX_SWITCHES;
const WORKER_WORDS = 16;
/** 1: it is this worker's turn; its futex. */
const TURN = 0;
const STATUS = 1;
const WAITS_AT = 2;
const TIMED_OUT = 3;
const EXPECTED = 4;
/** Where the worker stands: the point that it has come to. */
const POINT = 5;
/** Where step records begin: one word a step. */
const STEPS = WORKERS + MAX_SCHEDULED * WORKER_WORDS;

const ABSENT = 0;
const RUNNABLE = 1;
const WAITING = 2;
const DONE = 3;
const DEAD = 4;

/** How a schedule went wrong. */
export type ScheduleFault = 'deadlock' | 'endless' | 'invariant' | 'lost wake-up' | 'waits beside work';
const FAULT_NAMES: readonly (ScheduleFault | undefined)[] = [
  undefined,
  'deadlock',
  'endless',
  'invariant',
  'lost wake-up',
  'waits beside work',
];
const DEADLOCK = 1;
const ENDLESS = 2;
const BROKEN = 3;
const LOST = 4;
const IDLE = 5;

/** At this step of the schedule the turn goes to another worker. */
export interface Switch {
  readonly step: number;
  readonly to: number;
}

/** Vanished threads run no code any more; `buried`: when the others hear of it. */
export type Death =
  | { readonly kind: 'throws' }
  | { readonly kind: 'vanishes'; readonly buried: 'at once' | 'when all wait' };

/** Who runs when. Equal schedules of equal blocks give equal steps. */
export interface Schedule {
  readonly workers: number;
  /** Who begins. */
  readonly first?: number;
  /** In the order of their steps. */
  readonly switches?: readonly Switch[];
  /** Instead of listed switches: each step gives the turn away with this probability. */
  readonly random?: { readonly seed: number; readonly chance: number };
  readonly death?: Death & { readonly step: number };
  /** See {@link ExecutorOptions.speculatesFirst}. Default: no. */
  readonly speculatesFirst?: boolean;
}

/** What a block came to under a schedule. */
export interface ScheduleRun {
  readonly steps: number;
  readonly handOvers: number;
  readonly fault: ScheduleFault | undefined;
  /** Worker that died in it. */
  readonly died: number | undefined;
}

/** One step that was recorded. */
export interface StepRecord {
  readonly point: number;
  readonly worker: number;
  /** Whether another worker could have gone on instead. */
  readonly hasOther: boolean;
}

/** Ends a worker whose schedule has failed, or that has died in it; nothing that it does afterwards has an effect. */
export class TurnLost extends Error {
  override readonly name = 'TurnLost';
}

/** The memory in which workers take turns. */
export function createTurnMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((STEPS + MAX_STEPS) * 4);
}

/** Words of the core's memory that a worker's death changes; see worker-pool.ts. */
export interface DeathWords {
  stateAddress(worker: number): number;
  readonly dead: number;
  readonly events: number;
}

/** What turns need to know of the core. */
export interface TurnsParts {
  /** Its memory as it is now. */
  readonly memory: () => Int32Array;
  readonly deaths: DeathWords;
  /** Points at which a worker is about to wake others. */
  readonly notifications: ReadonlySet<number>;
  /** Points at which a worker has come to the end of a run. */
  readonly publications: ReadonlySet<number>;
  /** Whether somebody who looked for something to do would find it. */
  readonly isWorkLeft: () => boolean;
}

/** One worker's side of the turns. */
export class Turns {
  readonly workerIndex: number;
  /** Looks at the block at each step; what it says breaks the schedule. */
  observe: (() => boolean) | undefined;
  /** Nothing that this worker does has an effect any more. */
  isLost = false;
  readonly #words: Int32Array;
  readonly #memory: () => Int32Array;
  readonly #deaths: DeathWords;
  readonly #notifications: ReadonlySet<number>;
  readonly #publications: ReadonlySet<number>;
  readonly #isWorkLeft: () => boolean;

  constructor(buffer: SharedArrayBuffer, workerIndex: number, parts: TurnsParts) {
    const { memory, deaths, notifications, publications, isWorkLeft } = parts;
    this.#words = new Int32Array(buffer);
    this.workerIndex = workerIndex;
    this.#memory = memory;
    this.#deaths = deaths;
    this.#notifications = notifications;
    this.#publications = publications;
    this.#isWorkLeft = isWorkLeft;
  }

  /** Worker 0: lets the others into the block that is laid out in `world`, under `schedule`. Returns with the turn. */
  begin({ workers, first = 0, switches = [], random, death }: Schedule, world: number): void {
    const words = this.#words;
    words.fill(0, STEP, SWITCHES);
    words[WORLD] = world;
    words[COUNT] = workers;
    words[RANDOM] = random === undefined ? 0 : random.seed | 0 || 1;
    words[CHANCE] = random === undefined ? 0 : Math.round(random.chance * 65_536);
    words[SWITCH_COUNT] = switches.length;
    for (const [index, { step, to }] of switches.entries()) {
      words[SWITCHES + 2 * index] = step;
      words[SWITCHES + 2 * index + 1] = to;
    }
    words[DEATH_STEP] = death?.step ?? -1;
    words[DEATH_KIND] = death === undefined || death.kind === 'throws' ? 0 : death.buried === 'at once' ? 1 : 2;
    words[DEATH_WORKER] = -1;
    for (let worker = 0; worker < MAX_SCHEDULED; worker++) {
      words[this.#at(worker, STATUS)] = worker < workers ? RUNNABLE : ABSENT;
      words[this.#at(worker, TURN)] = 0;
    }
    this.isLost = false;
    words[ACTIVE] = 1;
    if (first !== 0) this.#pass(first);
  }

  /** Worker 0: lets the others come to their end. */
  end(): ScheduleRun {
    const words = this.#words;
    if (words[ACTIVE] === 1) {
      words[LEFT] = 0;
      this.#leave();
      while (Atomics.load(words, LEFT) === 0) Atomics.wait(words, LEFT, 0);
      if (words[UNBURIED] !== 0) this.#bury();
      words[ACTIVE] = 0;
    }
    this.isLost = false;
    const died = words[DEATH_WORKER] ?? -1;
    return {
      steps: words[STEP] ?? 0,
      handOvers: words[HAND_OVERS] ?? 0,
      fault: FAULT_NAMES[words[FAILURE] ?? 0],
      died: died < 0 ? undefined : died,
    };
  }

  /** Another worker than 0: waits for its first turn in a block. The world of the block. */
  enter(): number {
    this.isLost = false;
    this.#await();
    return this.#words[WORLD] ?? 0;
  }

  /** Another worker than 0: it has left the block. */
  leave(): void {
    this.#leave();
  }

  /** The steps of the last schedule. */
  records(): StepRecord[] {
    const words = this.#words;
    return Array.from({ length: words[STEP] ?? 0 }, (_, step) => {
      const record = words[STEPS + step] ?? 0;
      return { point: record & 0xffff, worker: (record >> 16) & 0xff, hasOther: record >> 24 !== 0 };
    });
  }

  /** Steps from `from` on at which another worker than the one named could have gone on. */
  choices(from: number): { step: number; worker: number }[] {
    const words = this.#words;
    const choices: { step: number; worker: number }[] = [];
    for (let step = from; step < (words[STEP] ?? 0); step++) {
      const record = words[STEPS + step] ?? 0;
      if (record >> 24 !== 0) choices.push({ step, worker: (record >> 16) & 0xff });
    }
    return choices;
  }

  /** Before each atomic access. */
  yieldAt(point: number): void {
    const words = this.#words;
    if (words[ACTIVE] === 0) return;
    this.#heedFailure();
    const step = words[STEP] ?? 0;
    words[STEP] = step + 1;
    if (step >= MAX_STEPS) this.#fail(ENDLESS);
    const other = this.#nextRunnable(this.workerIndex + 1);
    words[STEPS + step] = point | (this.workerIndex << 16) | (other < 0 ? 0 : 1 << 24);
    words[this.#at(this.workerIndex, POINT)] = point;
    // While nobody knows of a death, those whom the dead worker was about to call sleep on.
    if (words[WAITERS] !== 0 && words[UNBURIED] === 0) {
      if (this.#hasLostWakeUp()) this.#fail(LOST);
      // (I4) Since it began this run nobody has changed anything: what is open now was so when it told the others.
      if (other < 0 && this.#publications.has(point) && this.#isWorkLeft()) this.#fail(IDLE);
    }
    if (this.observe !== undefined && !this.observe()) this.#fail(BROKEN);
    if (step === words[DEATH_STEP]) this.#die();
    const to = this.#drawn(step, other);
    if (to >= 0 && to !== this.workerIndex) this.#pass(to);
  }

  /** In place of a wait: 0 woken, 1 another value stands there, 2 timed out, which only a death in the block causes. */
  waitAt(point: number, address: number, expected: number): number {
    this.yieldAt(point);
    const words = this.#words;
    if (words[ACTIVE] === 0 || Atomics.load(this.#memory(), address >> 2) !== expected) return 1;
    if ((words[DEATHS] ?? 0) !== 0) {
      const other = this.#nextRunnable(this.workerIndex + 1);
      if (other >= 0) this.#pass(other); // who waits for that one would wait again and again
      return 2;
    }
    words[this.#at(this.workerIndex, STATUS)] = WAITING;
    words[this.#at(this.workerIndex, WAITS_AT)] = address;
    words[this.#at(this.workerIndex, EXPECTED)] = expected;
    words[WAITERS] = (words[WAITERS] ?? 0) + 1;
    this.#passOn();
    this.#await();
    return words[this.#at(this.workerIndex, TIMED_OUT)] ?? 0;
  }

  /** In place of a notification: the number of workers woken. */
  notifyAt(point: number, address: number): number {
    this.yieldAt(point);
    const words = this.#words;
    let woken = 0;
    for (let worker = 0; worker < (words[COUNT] ?? 0); worker++) {
      if (words[this.#at(worker, STATUS)] !== WAITING || words[this.#at(worker, WAITS_AT)] !== address) continue;
      this.#wake(worker, 0);
      woken++;
    }
    return woken;
  }

  /** What worker-pool.ts does when a thread has ended, here by the thread's own last act. */
  announceDeath(worker: number): void {
    const memory = this.#memory();
    Atomics.store(memory, this.#deaths.stateAddress(worker) >> 2, this.#deaths.dead);
    Atomics.add(memory, this.#deaths.events >> 2, 1);
    const words = this.#words;
    words[DEATHS] = (words[DEATHS] ?? 0) + 1;
    words[DEATH_WORKER] = worker;
    for (let other = 0; other < (words[COUNT] ?? 0); other++) {
      if (words[this.#at(other, STATUS)] === WAITING) this.#wake(other, 2);
    }
  }

  #die(): void {
    const words = this.#words;
    if (this.workerIndex === 0) return; // the execution thread's death is the process's
    if (words[DEATH_KIND] === 0) throw new Error(`worker ${this.workerIndex} was made to fail`);
    this.isLost = true;
    words[UNBURIED] = this.workerIndex + 1;
    if (words[DEATH_KIND] === 1) this.#bury();
    throw new TurnLost('this worker has died');
  }

  #bury(): void {
    const words = this.#words;
    const worker = (words[UNBURIED] ?? 0) - 1;
    words[UNBURIED] = 0;
    this.announceDeath(worker);
  }

  #drawn(step: number, other: number): number {
    const words = this.#words;
    if (words[CHANCE] !== 0) {
      if ((this.#random() & 0xffff) >= (words[CHANCE] ?? 0)) return -1;
      const from = 1 + ((this.#random() >>> 8) % (words[COUNT] ?? 1));
      return this.#nextRunnable(this.workerIndex + from);
    }
    const next = words[NEXT_SWITCH] ?? 0;
    if (next >= (words[SWITCH_COUNT] ?? 0) || words[SWITCHES + 2 * next] !== step) return -1;
    words[NEXT_SWITCH] = next + 1;
    const to = words[SWITCHES + 2 * next + 1] ?? 0;
    return words[this.#at(to, STATUS)] === RUNNABLE ? to : other;
  }

  /** xorshift32. */
  #random(): number {
    let state = this.#words[RANDOM] ?? 1;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#words[RANDOM] = state;
    return state >>> 0;
  }

  #leave(): void {
    this.#words[this.#at(this.workerIndex, STATUS)] = this.isLost ? DEAD : DONE;
    this.#passOn();
  }

  /** Gives the turn to whoever can go on, since this worker cannot. */
  #passOn(): void {
    const words = this.#words;
    let next = this.#successor();
    if (next < 0 && words[UNBURIED] !== 0) {
      this.#bury();
      next = this.#successor();
    }
    if (next < 0 && this.#someoneWaits()) {
      words[FAILURE] = words[FAILURE] || DEADLOCK;
      for (let worker = 0; worker < (words[COUNT] ?? 0); worker++) {
        if (words[this.#at(worker, STATUS)] === WAITING) this.#wake(worker, 2);
      }
      next = this.#successor();
    }
    if (next >= 0) this.#give(next);
    else {
      Atomics.store(words, LEFT, 1);
      Atomics.notify(words, LEFT);
    }
  }

  /** Who goes on when this worker cannot; itself, if what it waited for has come meanwhile. */
  #successor(): number {
    const words = this.#words;
    const from = words[CHANCE] === 0 ? 0 : (this.#random() >>> 8) % MAX_SCHEDULED;
    const next = this.#nextRunnable(this.workerIndex + 1 + from);
    return next < 0 && words[this.#at(this.workerIndex, STATUS)] === RUNNABLE ? this.workerIndex : next;
  }

  #someoneWaits(): boolean {
    for (let worker = 0; worker < (this.#words[COUNT] ?? 0); worker++) {
      if (this.#words[this.#at(worker, STATUS)] === WAITING) return true;
    }
    return false;
  }

  /** The first other worker that can go on, from `from` on around; -1: none. */
  #nextRunnable(from: number): number {
    const words = this.#words;
    const count = words[COUNT] ?? 0;
    for (let offset = 0; offset < count; offset++) {
      const worker = (from + offset) % count;
      if (worker !== this.workerIndex && words[this.#at(worker, STATUS)] === RUNNABLE) return worker;
    }
    return -1;
  }

  /** Whether somebody sleeps on a word that has changed while nobody is about to wake it. */
  #hasLostWakeUp(): boolean {
    const words = this.#words;
    const memory = this.#memory();
    let hasOverslept = false;
    for (let worker = 0; worker < (words[COUNT] ?? 0); worker++) {
      const status = words[this.#at(worker, STATUS)];
      if (status === RUNNABLE && this.#notifications.has(words[this.#at(worker, POINT)] ?? 0)) return false;
      if (status !== WAITING) continue;
      const address = words[this.#at(worker, WAITS_AT)] ?? 0;
      if (Atomics.load(memory, address >> 2) !== words[this.#at(worker, EXPECTED)]) hasOverslept = true;
    }
    return hasOverslept;
  }

  #wake(worker: number, timedOut: number): void {
    this.#words[this.#at(worker, STATUS)] = RUNNABLE;
    this.#words[this.#at(worker, TIMED_OUT)] = timedOut;
    this.#words[WAITERS] = (this.#words[WAITERS] ?? 0) - 1;
  }

  #pass(to: number): void {
    this.#give(to);
    this.#await();
  }

  #give(to: number): void {
    const words = this.#words;
    words[HAND_OVERS] = (words[HAND_OVERS] ?? 0) + 1;
    const turn = this.#at(to, TURN);
    Atomics.store(words, turn, 1);
    Atomics.notify(words, turn);
  }

  #await(): void {
    const words = this.#words;
    const turn = this.#at(this.workerIndex, TURN);
    while (Atomics.load(words, turn) === 0) Atomics.wait(words, turn, 0);
    Atomics.store(words, turn, 0);
    if (words[ACTIVE] === 1) this.#heedFailure();
  }

  #heedFailure(): void {
    if (this.#words[FAILURE] === 0 && !this.isLost) return;
    this.isLost = true;
    throw new TurnLost('the schedule has failed');
  }

  #fail(failure: number): never {
    this.#words[FAILURE] = failure;
    this.isLost = true;
    throw new TurnLost('the schedule has failed');
  }

  #at(worker: number, word: number): number {
    return WORKERS + worker * WORKER_WORDS + word;
  }
}

/** Steps that do nothing once their worker has lost its turn for good. */
export function stepsWithTurns<S extends object>(exports: S, turns: Turns): S {
  const guarded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(exports)) {
    guarded[name] =
      typeof value !== 'function'
        ? value
        : (...parameters: unknown[]) => {
            if (turns.isLost) throw new TurnLost('this worker is out of the block');
            return (value as (...inner: unknown[]) => unknown)(...parameters);
          };
  }
  return guarded as S;
}
