import { HeddleError } from '@heddle/primitives';
import { waitFor } from '@heddle/testkit';
import { type AnsweredBlock, callMany, callWithin, quantity, readAnsweredBlock } from './json-rpc.ts';

/** A stretch of time, performance.now() milliseconds. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A block as some node returned it first. */
interface SeenBlock extends AnsweredBlock {
  /** When each node was first seen to have it, by node; absent where it was not yet. */
  readonly seenMs: Map<number, number>;
}

/** How often each node is asked for its head: the resolution of all times here. */
const LOOK_EVERY_MS = 50;
/** A node that takes longer is stopped, or as good as. */
const ANSWER_WITHIN_MS = 2_000;
/** A chain that decides so many more goes on; the first of them may have been under way. */
const SOME_BLOCKS = 3;

/**
 * Asks every node for its head again and again over RPC, and keeps every answer: who had which block when, and what
 * contradicts what was answered before. Answers that do not come say nothing.
 */
export class HeadWatch {
  readonly #urlOf: (index: number) => string;
  readonly #blocks = new Map<number, SeenBlock>();
  readonly #heads: number[];
  readonly #answeredMs: number[];
  /** When the last question was put that a node has answered. */
  readonly #askedMs: number[];
  readonly #onBlock: ((block: AnsweredBlock) => void)[] = [];
  /** Answers that cannot both be true, in words. */
  readonly contradictions: string[] = [];
  #isStopped = false;
  readonly #loops: Promise<void>[];

  constructor(count: number, urlOf: (index: number) => string) {
    this.#urlOf = urlOf;
    this.#heads = Array<number>(count).fill(-1);
    this.#answeredMs = Array<number>(count).fill(Number.NEGATIVE_INFINITY);
    this.#askedMs = [...this.#answeredMs];
    this.#loops = this.#heads.map((_, index) => this.#follow(index));
  }

  /** Calls `listener` with each block once, as soon as any node has it; those that are known at once. */
  onBlock(listener: (block: AnsweredBlock) => void): void {
    for (const block of this.#blocks.values()) listener(block);
    this.#onBlock.push(listener);
  }

  /** The highest block that any of `nodes` (default: all) has returned. */
  head(nodes?: readonly number[]): number {
    return Math.max(...(nodes ?? [...this.#heads.keys()]).map((index) => this.#heads[index] ?? -1));
  }

  /** The lowest of the heads of `nodes`. */
  lowestHead(nodes: readonly number[]): number {
    return Math.min(...nodes.map((index) => this.#heads[index] ?? -1));
  }

  /** When a node last answered. */
  answeredMs(index: number): number {
    return this.#answeredMs[index] ?? Number.NEGATIVE_INFINITY;
  }

  /** Resolves when each of `nodes` has answered a question that was put after `sinceMs`. */
  async allAsked(nodes: readonly number[], sinceMs: number): Promise<void> {
    const isAsked = (index: number): boolean => (this.#askedMs[index] ?? 0) >= sinceMs;
    await waitFor(() => nodes.every(isAsked), { what: `answers of validators ${nodes.join(', ')}` });
  }

  /** The blocks that any node has returned, by number. */
  blocks(): ReadonlyMap<number, AnsweredBlock> {
    return this.#blocks;
  }

  /** What a wiped node has returned before its end is not asked of it again before it has caught up. */
  forget(index: number): void {
    this.#heads[index] = -1;
  }

  /** The blocks that were first seen within a stretch. */
  blocksIn({ fromMs, toMs }: Stretch): AnsweredBlock[] {
    return [...this.#blocks.values()].filter(({ seenMs }) => {
      const firstMs = Math.min(...seenMs.values());
      return firstMs >= fromMs && firstMs <= toMs;
    });
  }

  /** When each block of a stretch was first seen with one of `nodes`, in order. */
  timesIn({ fromMs, toMs }: Stretch, nodes?: readonly number[]): number[] {
    return [...this.#blocks.values()]
      .map(({ seenMs }) => Math.min(...(nodes ?? [...seenMs.keys()]).map((index) => seenMs.get(index) ?? Infinity)))
      .filter((atMs) => atMs >= fromMs && atMs <= toMs)
      .sort((left, right) => left - right);
  }

  /** Milliseconds per block over a stretch; infinite without a block. */
  meanIntervalMs(stretch: Stretch, nodes?: readonly number[]): number {
    return (stretch.toMs - stretch.fromMs) / this.timesIn(stretch, nodes).length;
  }

  /** The longest time without a block within a stretch, its ends included. */
  longestGapMs(stretch: Stretch, nodes?: readonly number[]): number {
    const times = [stretch.fromMs, ...this.timesIn(stretch, nodes), stretch.toMs];
    return Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)));
  }

  /** Resolves when each of `nodes` has `number`, with the time at which the last of them was seen to. */
  async allReach(number: number, nodes: readonly number[], timeoutMs: number): Promise<number> {
    await waitFor(() => this.lowestHead(nodes) >= number, {
      what: `block ${number} on validators ${nodes.join(', ')}`,
      timeoutMs,
      everyMs: 10,
    });
    return performance.now();
  }

  /** Resolves when `nodes` have decided a few blocks more than they had at the beginning of a stretch. */
  async goOn(since: Stretch, nodes: readonly number[], timeoutMs: number): Promise<void> {
    const before = [...this.#blocks.values()].filter(({ seenMs }) => Math.min(...seenMs.values()) < since.fromMs);
    const head = Math.max(...before.map(({ number }) => number));
    await this.allReach(head + SOME_BLOCKS, nodes, timeoutMs);
  }

  /** Milliseconds from `sinceMs` until each of `nodes` has a block that nobody had before this call. */
  async timeToBlockMs(sinceMs: number, nodes: readonly number[], timeoutMs: number): Promise<number> {
    return (await this.allReach(this.head() + 1, nodes, timeoutMs)) - sinceMs;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }

  async #follow(index: number): Promise<void> {
    while (!this.#isStopped) {
      const startedMs = performance.now();
      await this.#look(index).catch(() => undefined); // it is down, stopped, or starting: no answer
      const restMs = LOOK_EVERY_MS - (performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, Math.max(restMs, 1)));
    }
  }

  async #look(index: number): Promise<void> {
    const url = this.#urlOf(index);
    const askedMs = performance.now();
    const raw = await callWithin(ANSWER_WITHIN_MS, url, 'eth_getBlockByNumber', ['latest', false]);
    const block = readAnsweredBlock(raw);
    const atMs = performance.now();
    this.#answeredMs[index] = atMs;
    const before = this.#heads[index] ?? -1;
    if (block.number < before) {
      this.contradictions.push(`validator ${index} is at block ${block.number} and was at ${before}`);
    }
    if (block.number === before) {
      this.#note(block, index, atMs); // the same block, it must be
      this.#askedMs[index] = askedMs;
      return;
    }
    const missing = [...this.#unknownBetween(this.head(), block.number)];
    const fetched = await callMany(
      url,
      'eth_getBlockByNumber',
      missing.map((number) => [quantity(number), false]),
    );
    for (const one of fetched) this.#note(readAnsweredBlock(one), index, atMs);
    for (let number = before + 1; number < block.number; number++) {
      const seen = this.#blocks.get(number)?.seenMs;
      if (seen && !seen.has(index)) seen.set(index, atMs);
    }
    this.#note(block, index, atMs);
    this.#heads[index] = block.number;
    this.#askedMs[index] = askedMs;
  }

  /** Blocks that a node has passed between two looks. None of before the watch began. */
  *#unknownBetween(head: number, number: number): Generator<number> {
    if (head < 0) return;
    for (let between = head + 1; between < number; between++) if (!this.#blocks.has(between)) yield between;
  }

  #note(block: AnsweredBlock, index: number, atMs: number): void {
    const known = this.#blocks.get(block.number);
    if (!known) {
      this.#blocks.set(block.number, { ...block, seenMs: new Map([[index, atMs]]) });
      for (const listener of this.#onBlock) listener(block);
      return;
    }
    if (known.hash !== block.hash) {
      this.contradictions.push(`validator ${index}: block ${block.number} is ${block.hash}, ${known.hash} elsewhere`);
    }
    if (!known.seenMs.has(index)) known.seenMs.set(index, atMs);
  }
}

/** The time from now until `lengthMs` later, once that has passed. A fault is let act for that long. */
export async function elapse(lengthMs: number): Promise<Stretch> {
  const fromMs = performance.now();
  if (!Number.isFinite(lengthMs)) throw new HeddleError('STRETCH_ENDLESS', `a stretch of ${lengthMs} ms`);
  await new Promise((resolve) => setTimeout(resolve, lengthMs));
  return { fromMs, toMs: performance.now() };
}
