import type { CommitBlock } from '@heddle/consensus';
import type { CommitCertificate, Hash } from '@heddle/primitives';
import type { BlockFetcher } from './block-fetcher.ts';
import type { FetchedOutcome } from './catch-up.ts';
import { type ChainHead, heightInput, readChainHead } from './chain-head.ts';
import { type DecidedBlock, type WrittenDecisions, writeDecisions } from './decision-writer.ts';
import { consensusHalted, driverNotStarted } from './driver-errors.ts';
import type { DriverMetrics } from './driver-metrics.ts';
import type { DriverPorts } from './driver-ports.ts';
import type { HeightCore } from './height-core.ts';
import type { FetchedBlock, KnownBlocks } from './known-blocks.ts';
import { LateRounds } from './late-rounds.ts';
import { type Resumed, resumeHeight } from './restart.ts';
import type { Timeouts } from './timeouts.ts';
import type { Turns } from './turns.ts';

/** What moving the chain on takes. */
export interface ChainProgressDependencies {
  readonly ports: DriverPorts;
  readonly turns: Turns;
  readonly known: KnownBlocks;
  readonly metrics: DriverMetrics;
  readonly timeouts: Timeouts;
  readonly fetcher: BlockFetcher;
  core(): HeightCore;
  /** The highest head that any peer claims. */
  highest(): number;
  /** A proposal for the height under way is of no use. */
  callOffBuild(): void;
  /** The height under way is over: its jobs and timers are of no use. */
  callOffHeight(): void;
  /** The other parts go to `height`, before the core. */
  enterParts(height: number): void;
  /** The first round of the height after the head begins in its time. */
  awaitRound(): void;
  /** Peers hear where this node is. */
  announce(): void;
  diskFailed(reason: string): void;
  fail(error: unknown): void;
}

/**
 * Where the chain is for this node and what moves it on: decisions of its core, blocks that peers gave, and with each
 * of them the core to the next height. All methods that move it are for turns.
 */
export class ChainProgress {
  readonly #of: ChainProgressDependencies;
  readonly #lateRounds = new LateRounds();
  readonly #stopping = new AbortController();
  #head: ChainHead | undefined;
  /** No signature at this height or below. */
  #voteFloor = 0;
  /** What was signed last is lost: the floor follows the chain until this node does. */
  #isFloorRising = false;

  constructor(dependencies: ChainProgressDependencies) {
    this.#of = dependencies;
  }

  get isStarted(): boolean {
    return this.#head !== undefined;
  }

  /** The last decided block. @throws HeddleError `CONSENSUS_NOT_STARTED` */
  get head(): ChainHead {
    if (!this.#head) throw driverNotStarted();
    return this.#head;
  }

  /** Reads the head. */
  async open(): Promise<void> {
    const { execution, clock } = this.#of.ports;
    this.#head = await readChainHead(execution, clock.now());
  }

  /** Reads log and signer; undefined where nothing is signed. */
  async resume(): Promise<Resumed | undefined> {
    const { voter, execution, log } = this.#of.ports;
    if (!voter) return undefined;
    const input = heightInput(this.head, voter.signer.address);
    this.#of.enterParts(input.height); // first: blocks of the log are kept for this height
    const resumed = await resumeHeight(input, voter, { known: this.#of.known, execution, log });
    this.#voteFloor = resumed.voteFloor;
    this.#isFloorRising = voter.signer.isStateAccepted && resumed.voteFloor > 0;
    return resumed;
  }

  /** Ends what still waits for a block. */
  stop(): void {
    this.#stopping.abort();
  }

  /** The core has decided. */
  async commitDecision({ height, blockId, certificate }: CommitBlock): Promise<void> {
    if (height <= this.head.info.number) return;
    const { known, timeouts, callOffHeight, core } = this.#of;
    const block = known.whole(blockId);
    if (!block) return this.#fetchDecided(height, blockId, certificate);
    timeouts.decided(certificate.round);
    if (this.#lateRounds.decided(core().state, certificate.round)) timeouts.late();
    callOffHeight();
    const { fault } = await this.#commit([{ block, certificate }]);
    if (fault) throw fault;
    await this.#enterHeight();
  }

  /** Blocks that nobody executed here yet, of heights that follow each other. */
  async commitFetched(blocks: readonly DecidedBlock[]): Promise<FetchedOutcome> {
    const { ports, metrics, highest, announce, callOffBuild } = this.#of;
    if (blocks[0]?.block.header.number !== this.head.info.number + 1) return { count: 0, outcome: 'stale' };
    callOffBuild(); // the certificate holds, whatever becomes of the body: a build would only stand before it in the queue
    const { count, fault } = await this.#commit(blocks);
    metrics.count.blocksFetched += count;
    // Who follows this node hears of a new head at once, but not of each block of a long way.
    if (!ports.voter && this.head.info.number >= highest()) announce();
    const refused = blocks[count]?.block;
    if (!fault || !refused) return { count, outcome: 'committed' };
    if (fault.code === 'COMMIT_FOREIGN_BODY') return { count, outcome: 'foreign body' };
    throw consensusHalted(refused.header.number, refused.blockId, `it is invalid: ${fault.message}`);
  }

  /** The head is where the others are: the core goes there. */
  async endCatchUp(): Promise<void> {
    const { ports, core, announce } = this.#of;
    const { voter } = ports;
    if (voter && this.#isFloorRising) {
      this.#voteFloor = this.head.info.number + 1; // where the lost signatures may be, whatever was fetched
      await voter.signer.raise({ height: this.#voteFloor, round: 0, step: 'precommit' });
    }
    const height = core().state.current?.height;
    if (voter && (height === undefined || height <= this.head.info.number)) await this.#enterHeight();
    announce();
  }

  /** Moves the core to the height after the head. */
  async #enterHeight(): Promise<void> {
    const { ports, core, enterParts, awaitRound } = this.#of;
    const { voter } = ports;
    const height = this.head.info.number + 1;
    const maySign = voter !== undefined && height > this.#voteFloor && voter.wal.replay(height).mayVote;
    if (maySign) this.#isFloorRising = false;
    enterParts(height);
    awaitRound();
    await core().enter(heightInput(this.head, maySign ? voter.signer.address : undefined));
  }

  /** A decided block is only ever missing when the log lost it. What comes may be a foreign body, which its execution tells. */
  #fetchDecided(height: number, blockId: Hash, certificate: CommitCertificate, foreignBodies = 0): void {
    const { fetcher, turns, known, fail } = this.#of;
    const { signal } = this.#stopping;
    const take = async (block: FetchedBlock): Promise<void> => {
      const { outcome } = await this.commitFetched([{ block, certificate }]);
      if (outcome === 'committed') await this.#enterHeight();
      if (outcome !== 'foreign body') return;
      known.forgetBody(blockId);
      this.#fetchDecided(height, blockId, certificate, foreignBodies + 1);
    };
    fetcher.obtain({ blockId, height, proposer: undefined, foreignBodies, signal }).then(
      (block) => block && turns.addFirst(() => take(block)),
      (error: unknown) => fail(error),
    );
  }

  async #commit(blocks: readonly DecidedBlock[]): Promise<WrittenDecisions> {
    const { ports, metrics, diskFailed, callOffHeight } = this.#of;
    const written = await writeDecisions(this.head, blocks, { ports, metrics, diskFailed });
    this.#head = written.head;
    if (written.count > 0) callOffHeight(); // not before: what a peer gave may be no block of the chain
    return written;
  }
}
