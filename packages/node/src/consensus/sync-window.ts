import type { CommitCertificate } from '@heddle/primitives';
import type { StorableBlock } from './known-blocks.ts';

/** A block whose certificate holds, waiting for its turn to be executed. */
export interface ProvedBlock {
  readonly block: StorableBlock;
  readonly certificate: CommitCertificate;
  /** Who gave it. */
  readonly from: string;
}

/** Heights to be asked of one peer: from `from` to `to`, both included. */
export interface SyncRange {
  readonly from: number;
  readonly to: number;
}

/** Bounds of what is under way or waits to be executed. */
export interface SyncWindowLimits {
  readonly blocksPerRequest: number;
  /** How far above the head anything is asked for. */
  readonly blocksAhead: number;
  /** Bytes that wait, each request under way counted as one answer of `answerBytes`. */
  readonly bytesAhead: number;
  readonly answerBytes: number;
  readonly requests: number;
}

/** Bounds of blocks that are taken together. */
export interface RowLimits {
  readonly blocks: number;
  readonly gas: bigint;
  readonly bytes: number;
}

/** Room for eight peers with two requests each, and for a few of the largest blocks. */
export const SYNC_WINDOW: SyncWindowLimits = {
  blocksPerRequest: 32,
  blocksAhead: 512,
  bytesAhead: 48 * 1024 * 1024,
  answerBytes: 2 * 1024 * 1024,
  requests: 12,
};

/** Which heights are asked for, here, or still to be asked for. Asks nobody itself. */
export class SyncWindow {
  readonly #limits: SyncWindowLimits;
  #head: number;
  /** All up to here have been planned. */
  #planned: number;
  /** Asked for once and not got. */
  #open: SyncRange[] = [];
  /** With the first height of each that is still to come. */
  readonly #asked = new Map<SyncRange, number>();
  readonly #ready = new Map<number, ProvedBlock>();
  #readyBytes = 0;

  constructor(head: number, limits: SyncWindowLimits = SYNC_WINDOW) {
    this.#limits = limits;
    this.#head = head;
    this.#planned = head;
  }

  get requestCount(): number {
    return this.#asked.size;
  }

  get readyBytes(): number {
    return this.#readyBytes;
  }

  /** The lowest heights that nobody is being asked for; undefined: enough is under way, or `highest` is reached. */
  next(highest: number): SyncRange | undefined {
    const { blocksPerRequest, blocksAhead, bytesAhead, answerBytes, requests } = this.#limits;
    if (this.#asked.size >= requests) return undefined;
    const open = this.#open[0];
    const from = open?.from ?? this.#planned + 1;
    const to = open?.to ?? Math.min(this.#planned + blocksPerRequest, highest, this.#head + blocksAhead);
    if (to < from) return undefined;
    const bytes = this.#readyBytes + (this.#asked.size + 1) * answerBytes;
    if (bytes > bytesAhead && from > this.#head + 1) return undefined; // what comes next is never held up
    return { from, to };
  }

  /** `range`, as {@link SyncWindow.next} gave it, is asked for: it ends by one of `answered` or `failed`. */
  asked(range: SyncRange): void {
    this.#asked.set(range, range.from);
    if (this.#open[0]?.from === range.from) this.#open.shift();
    else this.#planned = range.to;
  }

  /** What `range`, which is asked for, still lacks from the head on; to be asked of a second peer. Undefined: nothing. */
  again(range: SyncRange): SyncRange | undefined {
    if (this.#ready.has(this.#head + 1) || range.from > this.#head + 1 || range.to <= this.#head) return undefined;
    const again = { from: this.#head + 1, to: range.to };
    this.#asked.set(again, again.from);
    return again;
  }

  failed(range: SyncRange): void {
    if (this.#asked.delete(range)) this.#reopen(range);
  }

  /** Whether the block of this height is neither here nor below the head. */
  lacks(height: number): boolean {
    return height > this.#head && !this.#ready.has(height);
  }

  /** The next block of `range` is here; undefined: another gave it. */
  put(range: SyncRange, proved: ProvedBlock | undefined): void {
    const from = this.#asked.get(range);
    if (from === undefined) return;
    this.#asked.set(range, from + 1);
    if (proved) this.#keep(proved);
  }

  /** No more of `range` will come: what it lacks is to be asked for again. */
  answered(range: SyncRange): void {
    const from = this.#asked.get(range);
    if (from === undefined) return;
    this.#asked.delete(range);
    this.#reopen({ from, to: range.to });
  }

  /** The blocks from `head` + 1 on, as far as they are here and fit `limits`; the first one fits. */
  take(head: number, limits: RowLimits): ProvedBlock[] {
    this.#moveTo(head);
    const row: ProvedBlock[] = [];
    let [gas, bytes] = [0n, 0];
    for (let number = head + 1; row.length < limits.blocks; number++) {
      const proved = this.#ready.get(number);
      if (!proved) break;
      gas += proved.block.header.gasUsed;
      bytes += proved.block.bytes.length;
      if (row.length > 0 && (gas > limits.gas || bytes > limits.bytes)) break;
      this.#forget(number, proved);
      row.push(proved);
    }
    return row;
  }

  /** Blocks that were taken and could not be used yet. */
  putBack(blocks: readonly ProvedBlock[]): void {
    for (const proved of blocks) this.#keep(proved);
  }

  /** Nothing that `peerId` gave is to be used; `also` is the height of a block of it that was taken already. */
  distrust(peerId: string, also: number): void {
    this.#reopen({ from: also, to: also });
    for (const [number, proved] of this.#ready) {
      if (proved.from !== peerId) continue;
      this.#forget(number, proved);
      this.#reopen({ from: number, to: number });
    }
  }

  #moveTo(head: number): void {
    if (head <= this.#head) return;
    this.#head = head;
    this.#planned = Math.max(this.#planned, head);
    this.#open = this.#open
      .filter(({ to }) => to > head)
      .map(({ from, to }) => ({ from: Math.max(from, head + 1), to }));
    for (const [number, proved] of this.#ready) if (number <= head) this.#forget(number, proved);
  }

  #keep(proved: ProvedBlock): void {
    const { number } = proved.block.header;
    if (!this.lacks(number)) return;
    this.#ready.set(number, proved);
    this.#readyBytes += proved.block.bytes.length;
  }

  #forget(number: number, { block }: ProvedBlock): void {
    this.#ready.delete(number);
    this.#readyBytes -= block.bytes.length;
  }

  /** What of it is neither here nor asked of another is to be asked for, in ranges as large as one request may be. */
  #reopen({ from, to }: SyncRange): void {
    const isAsked = (number: number) => [...this.#asked].some(([range, next]) => next <= number && number <= range.to);
    const missing = this.#open.flatMap(numbersOf);
    for (const number of numbersOf({ from: Math.max(from, this.#head + 1), to })) {
      if (!this.#ready.has(number) && !isAsked(number)) missing.push(number);
    }
    this.#open = [];
    for (const number of [...new Set(missing)].sort((left, right) => left - right)) {
      const last = this.#open.at(-1);
      const fits = last && last.to + 1 === number && number - last.from < this.#limits.blocksPerRequest;
      if (fits) this.#open[this.#open.length - 1] = { from: last.from, to: number };
      else this.#open.push({ from: number, to: number });
    }
  }
}

function numbersOf({ from, to }: SyncRange): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
