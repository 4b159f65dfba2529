import type { HeadInfo } from '../execution/main-boundary.ts';
import { BlockProver, type BlockProverPorts } from './block-prover.ts';
import type { ConsensusLimits } from './consensus-limits.ts';
import type { DriverLog, DriverNetwork } from './driver-ports.ts';
import { elapsedMs } from './elapsed.ts';
import { downloadRange, type RangeTaker } from './range-download.ts';
import { type SyncOffence, SyncPeers } from './sync-peers.ts';
import { type ProvedBlock, type RowLimits, type SyncRange, SyncWindow } from './sync-window.ts';

/** What catching up needs of the driver. */
export interface CatchUpDependencies extends BlockProverPorts {
  readonly network: Pick<DriverNetwork, 'request' | 'penalize'>;
  readonly log: DriverLog;
  readonly limits: Pick<ConsensusLimits, 'rowBlocks' | 'rowBytes'>;
  head(): HeadInfo;
  /** Executes and stores blocks of heights that follow each other, whose certificates hold, between the core's turns. */
  commit(blocks: readonly ProvedBlock[]): Promise<FetchedOutcome>;
  /** The head is as high as any peer's, or nobody gives more at present. */
  finished(): void;
  /** Broken code of our own, or a decided block that is invalid here. */
  broke(error: unknown): void;
}

/** How many of the first blocks were stored, and how that ended. */
export interface FetchedOutcome {
  readonly count: number;
  /** stale: the head has moved; foreign body: transactions of the next one are not its header's. */
  readonly outcome: 'committed' | 'stale' | 'foreign body' | 'stopped';
}

/** Progress for `eth_syncing`. */
export interface SyncProgress {
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}

/** A full node that lied is cut off at once, a validator throttled. Slowness alone, as of a busy machine, does neither. */
const PENALTIES: Readonly<Record<SyncOffence, number>> = { unhelpful: 0, slow: 10, dishonest: 100 };

/** Gas of blocks that are executed and stored in one turn. */
const ROW_GAS = 30_000_000n;
/** The block that all wait for is asked for again after so long, and again: of another peer, if there is one. */
const PATIENCE_MS = 1_000;
const MAX_ASKED = 6;

/**
 * Takes decided blocks from several peers at once, each proved by its certificate, until the head is theirs. While one
 * block is executed the next ones are fetched and proved.
 */
export class CatchUp {
  readonly #of: CatchUpDependencies;
  readonly #peers: SyncPeers;
  readonly #row: RowLimits;
  readonly #prover: BlockProver;
  #running: Run | undefined;

  constructor(dependencies: CatchUpDependencies) {
    this.#of = dependencies;
    const { rowBlocks, rowBytes } = dependencies.limits;
    this.#row = { blocks: rowBlocks, gas: ROW_GAS, bytes: rowBytes };
    this.#prover = new BlockProver(dependencies);
    this.#peers = new SyncPeers(() => dependencies.clock.now());
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** What a peer says of its head. */
  heard(peerId: string, head: number): void {
    this.#peers.heard(peerId, head);
  }

  gone(peerId: string): void {
    this.#peers.gone(peerId);
  }

  /** The highest head that any peer claims of which nothing bad was seen lately. */
  highest(): number {
    return this.#peers.highest();
  }

  progress(): SyncProgress | undefined {
    const currentBlock = this.#of.head().number;
    const highestBlock = this.highest();
    if (!this.#running || highestBlock <= currentBlock) return undefined;
    return { startingBlock: this.#running.startingBlock, currentBlock, highestBlock };
  }

  /** Begins unless it runs already or nobody is to be asked. */
  start(): void {
    const startingBlock = this.#of.head().number;
    if (this.#running || this.#peers.pick(startingBlock + 1) === undefined) return;
    const abort = new AbortController();
    const window = new SyncWindow(startingBlock);
    const asked = new Map<SyncRange, Asked>();
    const run: Run = { abort, startingBlock, window, asked, wake: () => undefined, done: Promise.resolve() };
    this.#running = run;
    run.done = this.#run(run)
      .catch((error: unknown) => this.#of.broke(error))
      .finally(() => {
        const isStopped = abort.signal.aborted;
        abort.abort(); // answers on their way are of no use
        this.#running = undefined;
        if (!isStopped) this.#of.finished();
      });
  }

  async stop(): Promise<void> {
    this.#running?.abort.abort();
    this.#running?.wake();
    await this.#running?.done;
  }

  async #run(run: Run): Promise<void> {
    const { log } = this.#of;
    const { signal } = run.abort;
    while (!signal.aborted) {
      this.#ask(run);
      const row = run.window.take(this.#of.head().number, this.#row);
      if (row.length > 0) await this.#commit(run, row);
      else if (run.window.requestCount === 0) break;
      else await this.#wait(run);
    }
    const taken = this.#of.head().number - run.startingBlock;
    if (taken > 1) {
      log.info({ from: run.startingBlock + 1, to: this.#of.head().number }, 'caught up by blocks of peers');
    }
  }

  /** Until an answer is here, or has been waited for for so long that another peer is to be asked as well. */
  async #wait(run: Run): Promise<void> {
    let callOff: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      run.wake = resolve;
      callOff = this.#of.clock.schedule(PATIENCE_MS / 4, resolve);
    });
    callOff?.();
    this.#askAgain(run);
  }

  /** Asks for as much as may be under way. */
  #ask(run: Run): void {
    for (;;) {
      const range = run.window.next(this.highest());
      const peerId = range && this.#peers.pick(range.from);
      if (!range || peerId === undefined) return;
      run.window.asked(range);
      void this.#download(run, peerId, range);
    }
  }

  /** A silent peer costs a second, not the time until its request has failed. */
  #askAgain(run: Run): void {
    const next = this.#of.head().number + 1;
    const asked = [...run.asked].filter(([range]) => range.from <= next && next <= range.to);
    const [range] = asked[0] ?? [];
    const isDue = asked.every(([, { atMs }]) => elapsedMs(this.#of.clock.now(), atMs) >= PATIENCE_MS);
    if (!range || !isDue || asked.length >= MAX_ASKED) return;
    const peers = asked.map(([, { peerId }]) => peerId);
    const peerId = this.#peers.pick(next, peers) ?? this.#peers.pick(next); // it may never have heard of it
    const again = peerId === undefined ? undefined : run.window.again(range);
    if (again && peerId !== undefined) void this.#download(run, peerId, again);
  }

  async #download(run: Run, peerId: string, range: SyncRange): Promise<void> {
    const { signal } = run.abort;
    this.#peers.asked(peerId);
    run.asked.set(range, { peerId, atMs: this.#of.clock.now() });
    const taker: RangeTaker = {
      signal,
      arrived: () => run.asked.delete(range),
      isNeeded: (height) => run.window.lacks(height),
      proved(block) {
        run.window.put(range, block);
        run.wake(); // it may be executed while the others are proved
      },
    };
    try {
      const ports = { network: this.#of.network, prover: this.#prover };
      const fault = await downloadRange(ports, peerId, range, taker);
      if (signal.aborted) return;
      if (fault) this.#offended(peerId, fault.offence, fault.reason);
      if (fault?.offence === 'dishonest') {
        run.window.failed(range);
        run.window.distrust(peerId, range.from);
      } else run.window.answered(range);
    } catch (error) {
      if (!signal.aborted) this.#of.broke(error);
    } finally {
      this.#peers.answered(peerId);
      run.asked.delete(range);
      if (!signal.aborted) {
        this.#askAgain(run); // before what comes later takes the place
        this.#ask(run);
      }
      run.wake();
    }
  }

  async #commit(run: Run, row: readonly ProvedBlock[]): Promise<void> {
    const { count, outcome } = await this.#of.commit(row);
    for (const { from } of row.slice(0, count)) this.#peers.helped(from);
    const [refused, ...rest] = row.slice(count);
    if (outcome === 'stopped') return run.abort.abort();
    run.window.putBack(outcome === 'foreign body' || !refused ? rest : [refused, ...rest]);
    if (outcome !== 'foreign body' || !refused) return;
    const { number } = refused.block.header;
    this.#offended(refused.from, 'dishonest', `block ${number} with transactions that are not the header's`);
    run.window.distrust(refused.from, number);
  }

  #offended(peerId: string, offence: SyncOffence, reason: string): void {
    const { network, log } = this.#of;
    this.#peers.offended(peerId, offence);
    const points = PENALTIES[offence];
    if (points > 0) network.penalize(peerId, points, reason);
    log.debug({ peerId, offence, reason }, 'a peer gave no usable blocks');
  }
}

interface Asked {
  readonly peerId: string;
  readonly atMs: number;
}

/** One catching up, from the first request to the last block. */
interface Run {
  readonly abort: AbortController;
  readonly startingBlock: number;
  readonly window: SyncWindow;
  /** Requests whose answer is not here. */
  readonly asked: Map<SyncRange, Asked>;
  /** Ends the wait in progress. */
  wake: () => void;
  done: Promise<void>;
}
