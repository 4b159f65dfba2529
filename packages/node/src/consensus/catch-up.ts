import { type ValidatorSet, verifyCommitCertificate } from '@heddle/consensus';
import { type CommitCertificate, decodeCommitCertificate, HeddleError } from '@heddle/primitives';
import type { DecidedBlock, HeadInfo } from '../execution/main-boundary.ts';
import { packBytes } from '../pool/packed-bytes.ts';
import type { Authenticity } from './authenticity.ts';
import type { DriverClock, DriverLog, DriverNetwork, DriverPool } from './driver-ports.ts';
import { type WholeBlock, wholeBlock } from './known-blocks.ts';
import { decodeRange, encodeRangeRequest, MAX_ANSWER_BYTES } from './requests.ts';

/** What catching up needs of the driver. */
export interface CatchUpDependencies {
  readonly network: DriverNetwork;
  readonly pool: Pick<DriverPool, 'recoverSenders'>;
  readonly clock: DriverClock;
  readonly log: DriverLog;
  readonly authenticity: Authenticity;
  head(): HeadInfo;
  /** The set in force at the height after the head. */
  validators(): ValidatorSet;
  /**
   * Executes and stores a block whose certificate holds, between the core's turns. stale: the head has moved;
   * foreign body: its transactions are not the header's.
   */
  commit(
    block: WholeBlock,
    certificate: CommitCertificate,
  ): Promise<'committed' | 'stale' | 'foreign body' | 'stopped'>;
  /** The head is as high as any peer's, or nobody gives more at present. */
  finished(): void;
  /** Broken code of our own, or a decided block that is invalid here. */
  broke(error: unknown): void;
}

/** Progress for `eth_syncing`. */
export interface SyncProgress {
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}

const BLOCKS_PER_REQUEST = 64;
const BAD_BLOCK_PENALTY = 50;
/** A peer that did not answer, or lied, is left alone for this long, doubling. */
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 30_000;

/** Takes decided blocks from peers, each proved by its certificate, until the head is theirs. */
export class CatchUp {
  readonly #of: CatchUpDependencies;
  /** Head of each connected peer, as it says. */
  readonly #heads = new Map<string, number>();
  readonly #rests = new Map<string, { untilMs: number; lengthMs: number }>();
  #running:
    | { readonly abort: AbortController; readonly startingBlock: number; readonly done: Promise<void> }
    | undefined;

  constructor(dependencies: CatchUpDependencies) {
    this.#of = dependencies;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** What a peer says of its head. */
  heard(peerId: string, head: number): void {
    this.#heads.set(peerId, head);
  }

  gone(peerId: string): void {
    this.#heads.delete(peerId);
    const nowMs = this.#of.clock.now();
    for (const [rested, { untilMs }] of this.#rests) if (untilMs <= nowMs) this.#rests.delete(rested);
  }

  /** The highest head that any peer claims of which nothing bad was seen lately. */
  highest(): number {
    return Math.max(0, ...this.#trusted().map(([, head]) => head));
  }

  progress(): SyncProgress | undefined {
    const currentBlock = this.#of.head().number;
    const highestBlock = this.highest();
    if (!this.#running || highestBlock <= currentBlock) return undefined;
    return { startingBlock: this.#running.startingBlock, currentBlock, highestBlock };
  }

  /** Begins unless it runs already or nobody is to be asked. */
  start(): void {
    if (this.#running || this.#nextPeer() === undefined) return;
    const abort = new AbortController();
    const startingBlock = this.#of.head().number;
    const done = this.#run(abort.signal)
      .catch((error: unknown) => this.#of.broke(error))
      .finally(() => {
        this.#running = undefined;
        if (!abort.signal.aborted) this.#of.finished();
      });
    this.#running = { abort, startingBlock, done };
  }

  async stop(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#of;
    const from = this.#of.head().number;
    for (let peerId = this.#nextPeer(); peerId !== undefined && !signal.aborted; peerId = this.#nextPeer()) {
      const failure = await this.#takeFrom(peerId, signal);
      if (failure === undefined) {
        this.#rests.delete(peerId);
        continue;
      }
      const lengthMs = Math.min((this.#rests.get(peerId)?.lengthMs ?? FIRST_REST_MS / 2) * 2, LONGEST_REST_MS);
      this.#rests.set(peerId, { untilMs: clock.now() + lengthMs, lengthMs });
      log.debug({ peerId, reason: failure }, 'a peer gave no usable blocks');
    }
    const taken = this.#of.head().number - from;
    if (taken > 1) log.info({ from: from + 1, to: this.#of.head().number }, 'caught up by blocks of peers');
  }

  /** Undefined: at least one block was taken, or the head moved meanwhile. */
  async #takeFrom(peerId: string, signal: AbortSignal): Promise<string | undefined> {
    const { network } = this.#of;
    const from = this.#of.head().number + 1;
    const payload = encodeRangeRequest({ from, maxCount: BLOCKS_PER_REQUEST, maxBytes: MAX_ANSWER_BYTES });
    let range: DecidedBlock[];
    try {
      range = decodeRange(await network.request(peerId, { kind: 'blocks', payload }));
    } catch (error) {
      return this.#expected(peerId, error);
    }
    if (range.length === 0) return 'no blocks';
    for (const decided of range) {
      if (signal.aborted) return undefined;
      const fault = await this.#take(peerId, decided);
      if (fault === 'moved on') return undefined;
      if (fault === undefined) continue;
      network.penalize(peerId, BAD_BLOCK_PENALTY, fault);
      return fault;
    }
    return undefined;
  }

  async #take(peerId: string, decided: DecidedBlock): Promise<string | undefined> {
    const { pool, commit, authenticity } = this.#of;
    const height = this.#of.head().number + 1;
    try {
      const certificate = decodeCommitCertificate(decided.certificate);
      if (certificate.height < height) return undefined; // decided here in the meantime
      const block = wholeBlock(decided.block, []);
      if (block.header.number !== height) return `block ${block.header.number} in the place of ${height}`;
      const fault = verifyCommitCertificate(certificate, {
        height,
        blockId: block.blockId,
        validators: this.#of.validators(),
        isAuthentic: authenticity.isVoteAuthentic,
      });
      if (fault) return this.#of.head().number + 1 === height ? `a certificate with ${fault}` : 'moved on';
      const senders = block.transactions.length === 0 ? [] : await pool.recoverSenders(packBytes(block.transactions));
      const known = senders.filter((sender) => sender !== undefined);
      if (known.length < block.transactions.length) return 'a transaction without a valid signature';
      const outcome = await commit({ ...block, senders: known }, certificate);
      if (outcome === 'foreign body') return "transactions that are not the header's";
      return outcome === 'committed' ? undefined : 'moved on';
    } catch (error) {
      if (error instanceof HeddleError && isFormFault(error)) return this.#expected(peerId, error);
      throw error;
    }
  }

  #expected(peerId: string, error: unknown): string {
    if (!(error instanceof HeddleError)) throw error;
    if (isFormFault(error)) this.#of.network.penalize(peerId, BAD_BLOCK_PENALTY, error.message);
    return error.message;
  }

  /** The highest of those ahead that may be asked now. */
  #nextPeer(): string | undefined {
    const head = this.#of.head().number;
    const askable = this.#trusted().filter(([, theirs]) => theirs > head);
    askable.sort(([, left], [, right]) => right - left);
    return askable[0]?.[0];
  }

  #trusted(): [string, number][] {
    const nowMs = this.#of.clock.now();
    return [...this.#heads].filter(([peerId]) => (this.#rests.get(peerId)?.untilMs ?? 0) <= nowMs);
  }
}

function isFormFault({ code }: HeddleError): boolean {
  return ['RLP_MALFORMED', 'RLP_FIELD', 'VOTE_MALFORMED', 'CONSENSUS_MESSAGE_MALFORMED'].includes(code);
}
