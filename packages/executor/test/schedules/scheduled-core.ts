/// <reference path="../../src/shared-memory/web-assembly.d.ts" />
import { assert } from '@heddle/primitives';
import { type Core, type CoreExports, type Layout, readLayout } from '../../src/shared-memory/core.ts';
import { MemoryView } from '../../src/shared-memory/memory-view.ts';
import { stepsWithTurns, Turns } from './turns.ts';

/** The same for all threads, and from one run to the next: how often a search reads an entry is part of a schedule. */
const SEED = 1n;

/** What the threads of scheduled blocks share. */
export interface ScheduledShared {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly turns: SharedArrayBuffer;
  /** A planted fault, 0 for none. */
  readonly mutation: number;
  /** The yield point of atomic accesses by the host itself. */
  readonly hostPoint: number;
  /** Yield points at which a worker is about to wake others. */
  readonly notifications: readonly number[];
  /** Yield points at which a run is over and about to be published. */
  readonly publications: readonly number[];
}

/** One thread's instance of the core for schedules. */
export interface ScheduledInstance {
  readonly core: Core;
  readonly turns: Turns;
  /** Looks at the invariants of the block at each step from now on. */
  watch(): void;
}

/** This thread's instance, as worker `workerIndex`: each atomic access, also the host's own, waits for its turn. */
export function instantiateScheduledCore(shared: ScheduledShared, workerIndex: number): ScheduledInstance {
  const { module, memory, mutation, hostPoint } = shared;
  let words = new Int32Array(memory.buffer);
  const wordsNow = () => {
    if (words.buffer.byteLength !== memory.buffer.byteLength) words = new Int32Array(memory.buffer);
    return words;
  };
  const turns: Turns = new Turns(shared.turns, workerIndex, {
    memory: wordsNow,
    notifications: new Set(shared.notifications),
    publications: new Set(shared.publications),
    isWorkLeft: () => isWorkLeft(layout, wordsNow()),
    deaths: {
      stateAddress: (worker) => exports.workerStateAddress(worker),
      get dead() {
        return layout.WORKER_DEAD;
      },
      get events() {
        return layout.EVENTS;
      },
    },
  });
  const { exports } = new WebAssembly.Instance<CoreExports>(module, {
    env: {
      memory,
      fail: (code: number) => assert(false, `the core's invariant ${code} holds (assembly/debug.ts)`),
      yieldAt: (point: number) => turns.yieldAt(point),
      waitAt: (point: number, address: number, expected: number) => turns.waitAt(point, address, expected),
      notifyAt: (point: number, address: number) => turns.notifyAt(point, address),
    },
  });
  const layout = readLayout(exports);
  exports.setWorker(workerIndex);
  exports.seedHashes(SEED);
  if (mutation !== 0) exports.plantMutation(mutation);
  const view = new MemoryViewWithTurns(memory, () => turns.yieldAt(hostPoint));
  const steps = stepsWithTurns(exports, turns);
  const core: Core = { workerIndex, layout, steps, memory: view, scratch: exports.scratchAddress(workerIndex) };
  const watch = () => {
    turns.observe = createObserver(layout, wordsNow);
  };
  return { core, turns, watch };
}

class MemoryViewWithTurns extends MemoryView {
  readonly #yieldTurn: () => void;

  constructor(memory: WebAssembly.Memory, yieldTurn: () => void) {
    super(memory);
    this.#yieldTurn = yieldTurn;
  }

  override load(address: number): number {
    this.#yieldTurn();
    return super.load(address);
  }

  override store(address: number, value: number): void {
    this.#yieldTurn();
    super.store(address, value);
  }

  override exchange(address: number, expected: number, value: number): boolean {
    this.#yieldTurn();
    return super.exchange(address, expected, value);
  }
}

/** Whether something is open to whoever looks for it: a transaction that nobody has run and that is not deferred. */
function isWorkLeft(layout: Layout, words: Int32Array): boolean {
  const at = (address: number) => words[address >> 2] ?? 0;
  const frontier = at(layout.FRONTIER);
  const end = Math.min(at(layout.TX_COUNT), frontier + Math.min(at(layout.WINDOW), layout.SHARED_DEPTH));
  const held = new Set<number>();
  for (let tx = frontier; tx < end; tx++) {
    const row = at(layout.TX_TABLE) + tx * layout.ROW_STRIDE;
    const state = at(row + layout.ROW_STATUS) & 0xff;
    const isOpen = state === layout.STATE_READY && at(row + layout.ROW_RUNS) === 0;
    const kind = at(row + layout.ROW_KIND) - 1;
    const isAtOdds = kind >= 0 && (at(layout.KINDS + 4 * kind) & 0xffff) >= layout.AT_ODDS;
    if (isOpen && !(isAtOdds && held.has(kind))) return true;
    if (isAtOdds && state < layout.STATE_EXECUTED) held.add(kind);
  }
  return false;
}

/**
 * (I2) The frontier never goes back, and what is below it is committed or left out for good. What lies beyond the window
 * in front of it has not been run.
 */
function createObserver(layout: Layout, words: () => Int32Array): () => boolean {
  const { FRONTIER, TX_TABLE, ROW_STRIDE, ROW_RUNS, STATE_COMMITTED, STATE_LEFT_OUT } = layout;
  const rowWords = ROW_STRIDE >> 2;
  let last = 0;
  return () => {
    const now = words();
    const frontier = now[FRONTIER >> 2] ?? 0;
    if (frontier < last) return false;
    last = frontier;
    const table = (now[TX_TABLE >> 2] ?? 0) >> 2;
    for (let tx = 0; tx < frontier; tx++) {
      const state = (now[table + tx * rowWords] ?? 0) & 0xff;
      if (state !== STATE_COMMITTED && state !== STATE_LEFT_OUT) return false;
    }
    const count = now[layout.TX_COUNT >> 2] ?? 0;
    for (let tx = frontier + (now[layout.WINDOW >> 2] ?? 0); tx < count; tx++) {
      if (now[table + tx * rowWords + (ROW_RUNS >> 2)] !== 0) return false;
    }
    return true;
  };
}
