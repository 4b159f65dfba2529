import type { PeerIdentity } from '@heddle/p2p';
import { bytesToHex, type ChainSpec, type Hash, HeddleError, type SigningDomain } from '@heddle/primitives';
import type { Random, TestAccount } from '@heddle/testkit';
import type { Authenticity, SignRequest } from '../../src/consensus/authenticity.ts';
import { type ConsensusDriver, createConsensusDriver } from '../../src/consensus/consensus-driver.ts';
import type { DriverLog } from '../../src/consensus/driver-ports.ts';
import { decodePeerMessage } from '../../src/consensus/messages.ts';
import { openSigner, type SignAnswer, type Signer } from '../../src/consensus/signer.ts';
import { openWal } from '../../src/consensus/wal.ts';
import { WAL_HEADER_BYTES } from '../../src/consensus/wal-records.ts';
import type { Byzantine } from './byzantine.ts';
import type { Invariants, Observed } from './invariants.ts';
import { type CrashPoint, Life } from './life.ts';
import { type ModelMachine, ModelStore, type ModelTransactions, modelExecution, modelPool } from './model-chain.ts';
import { modelClock } from './model-clock.ts';
import { type CrashMode, ModelDisk } from './model-disk.ts';
import type { ModelNetwork, Receiver } from './model-network.ts';
import type { NodeScenario, Scenario } from './scenario.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What all nodes of a simulation share. */
export interface World {
  readonly scenario: Scenario;
  readonly spec: ChainSpec;
  readonly domain: SigningDomain;
  readonly authenticity: Authenticity;
  readonly time: VirtualTime;
  readonly transactions: ModelTransactions;
  readonly network: ModelNetwork;
  readonly invariants: Invariants;
  /** A line for the event log; undefined: nobody reads it. */
  readonly log: ((node: number | undefined, text: string) => void) | undefined;
  /** A block was stored and published somewhere. */
  committed(): void;
  crashed(point: CrashPoint | 'at once'): void;
}

const START_MS = 1_800_000_000_000;
const KEY_FILE = '/key';
const STATE_FILE = '/signer.json';
const WAL_FILE = '/consensus.wal';
/** After a start the core has taken its place by then. */
const VOTE_CHECK_MS = 10;
const RESTART_MS = [10, 250] as const;
/** Errors after which a process ends because it does not know what its disk holds. */
const DISK_LOST = new Set(['WAL_LOST', 'SIGNER_LOST', 'WAL_UNWRITABLE', 'SIGNER_UNWRITABLE', 'DISK_FULL']);
const HELD_LOCK = { assertHeld: () => undefined, release: () => undefined };

/** One machine: what outlives its processes, and the process while it runs. */
export class SimNode implements ModelMachine, Observed {
  readonly index: number;
  readonly identity: PeerIdentity;
  readonly store: ModelStore;
  readonly disk: ModelDisk;
  readonly scenario: NodeScenario;
  readonly byzantine: Byzantine | undefined;
  workMs: readonly [number, number] = [1, 4];
  driver: ConsensusDriver | undefined;
  life: Life | undefined;
  /** What the next crash does to unsynced writes. */
  crashMode: CrashMode = 'kept';
  /** Its disk was full or failed: ending for it is no fault, nor asking late for what could not be written then. */
  isDiskBad = false;
  readonly #world: World;
  readonly #random: Random;
  readonly #key: TestAccount;
  #callOffRestart: (() => void) | undefined;

  constructor(
    world: World,
    own: {
      readonly identity: PeerIdentity;
      readonly index: number;
      readonly key: TestAccount;
      readonly scenario: NodeScenario;
      readonly byzantine: Byzantine | undefined;
    },
  ) {
    this.#world = world;
    this.#key = own.key;
    this.index = own.index;
    this.identity = own.identity;
    this.scenario = own.scenario;
    this.byzantine = own.byzantine;
    this.#random = world.scenario.random.fork(`node ${own.index}`);
    this.store = new ModelStore(world.spec);
    this.disk = new ModelDisk(world.time, this.#random.fork('disk'), world.scenario.syncMs);
  }

  get validator() {
    return this.#key.address;
  }

  get isHonest(): boolean {
    return this.byzantine === undefined;
  }

  get #isTwin(): boolean {
    return this.byzantine?.misdeeds.has('twins') === true;
  }

  get isSpoiler(): boolean {
    return this.byzantine?.misdeeds.has('invalid blocks') === true;
  }

  get head(): number {
    return this.store.head.number;
  }

  get isUp(): boolean {
    return this.driver !== undefined;
  }

  isDiskFull(): boolean {
    return this.disk.isFull;
  }

  holdsForCertain(height: number, blockId: Hash, needle: Uint8Array): boolean {
    if (this.scenario.mayLoseLog || this.store.blocks[height - 1]?.blockId === blockId) return true;
    const { buffer, byteOffset, byteLength } = this.disk.synced(WAL_FILE);
    return Buffer.from(buffer, byteOffset, byteLength).includes(Buffer.from(needle));
  }

  /** Key and signer's state, as `init` leaves them. */
  init(): void {
    const unused = { era: 0, height: 0, round: 0, step: 0, digest: '0x', signature: '0x' };
    this.disk.put(KEY_FILE, Buffer.from(bytesToHex(this.#key.privateKey), 'utf8'));
    this.disk.put(STATE_FILE, Buffer.from(JSON.stringify(unused), 'utf8'));
  }

  /** Starts a process over what is on the disk. */
  start(): void {
    this.#callOffRestart?.();
    if (this.life?.isAlive) return;
    const life = new Life((point) => this.#died(point));
    this.life = life;
    this.#world.log?.(this.index, `starts at head ${this.head}`);
    this.#boot(life).catch((error: unknown) => {
      if (life.isAlive) this.#failed(error);
    });
  }

  /** Kills the process. */
  kill(): void {
    if (!this.life?.isAlive) return;
    this.life.end();
    this.#died('at once');
  }

  async #boot(life: Life): Promise<void> {
    const { authenticity, domain, scenario, spec, time, network, invariants, transactions } = this.#world;
    const files = this.disk.portOf(life);
    const own = await openSigner(
      // The other twin's signatures are in certificates: to each of them its own state looks too old.
      { keyFile: KEY_FILE, stateFile: STATE_FILE, domain, era: 0, authenticity, acceptState: this.#isTwin },
      files,
      async () => HELD_LOCK,
    );
    const signer: Signer = { ...own, sign: (request) => this.#sign(own, request) };
    const { rewriteAboveBytes, pace, limits, transactionCount } = scenario;
    const wal = await openWal({ directory: '/', era: 0, headHeight: this.head, rewriteAboveBytes }, files);
    invariants.restarted(this.index, this.head);
    const work = { spec, time, random: this.#random, life, machine: this, transactions, transactionCount };
    const driver = createConsensusDriver(
      { spec, domain, authenticity, pace, limits },
      {
        network: network.portOf(this.index, life, this.byzantine && ((to, bytes) => this.#outgoing(to, bytes))),
        execution: modelExecution(work),
        pool: modelPool(work),
        voter: { signer, wal, eraStart: 1 },
        clock: modelClock(time, START_MS, this.scenario.clock, life),
        log: this.#log(life),
        events: {
          onCommitted: (committed) => {
            if (!life.passes('before publish')) return;
            for (const { head } of committed) {
              invariants.committed(this.index, head.number, head.hash, head.certificate);
              this.#world.log?.(this.index, `has block ${head.number} ${head.hash.slice(0, 10)}`);
              this.#world.committed();
            }
          },
          onFailed: (error) => {
            if (life.isAlive) this.#failed(error);
          },
        },
      },
    );
    await driver.start();
    if (!life.isAlive) return;
    this.driver = driver;
    time.after(VOTE_CHECK_MS, () => this.#checkVote(life, driver));
    network.join(this.index, { life, receiver: this.byzantine ? this.#distorted(driver, this.byzantine) : driver });
  }

  /** An honest core asks for each signature once, or for the same again: the signer has nothing to refuse. */
  async #sign(signer: Signer, request: SignRequest): Promise<SignAnswer> {
    const answer = await signer.sign(request);
    const isExcused =
      this.scenario.mayLoseLog || (this.isDiskBad && answer.type === 'refused' && answer.reason === 'regression');
    if (answer.type === 'refused' && this.isHonest && !isExcused) {
      const text = JSON.stringify(request);
      this.#world.invariants.break(
        'nobody asks for a second signature',
        `node ${this.index}: ${answer.reason}: ${text}`,
      );
    }
    return answer;
  }

  /** What a sound disk holds is enough to go on voting at once. */
  #checkVote(life: Life, driver: ConsensusDriver): void {
    if (!life.isAlive || !this.isHonest || this.scenario.mayLoseLog) return;
    const { height, isSigning } = driver.status();
    if (height === undefined || isSigning) return;
    this.#world.invariants.break('a restarted node keeps its vote', `node ${this.index} at height ${height}`);
  }

  #outgoing(to: number, bytes: Uint8Array): readonly Uint8Array[] {
    return this.byzantine?.outgoing(to, bytes) ?? [bytes];
  }

  /** A byzantine node's ears: twins do not hear each other, or their drivers would fall silent. */
  #distorted(driver: ConsensusDriver, byzantine: Byzantine): Receiver {
    return {
      onConsensusMessage: (message, from) => {
        byzantine.saw(message);
        return this.#isTwin && isSignedBy(message, this.validator) ? true : driver.onConsensusMessage(message, from);
      },
      onRequest: async (request, from) => byzantine.answer(request, await driver.onRequest(request, from)),
      onPeerConnected: (peer) => driver.onPeerConnected(peer),
      onPeerDisconnected: (peer) => driver.onPeerDisconnected(peer),
    };
  }

  #failed(error: unknown): void {
    const { invariants, log } = this.#world;
    log?.(this.index, `fails: ${error}`);
    const isExcused = error instanceof HeddleError && DISK_LOST.has(error.code) && (this.isDiskBad || this.disk.isFull);
    if (this.isHonest && !isExcused) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      invariants.break('honest nodes do not fail', `node ${this.index}: ${text}`);
    } else this.kill();
  }

  #died(point: CrashPoint | 'at once'): void {
    const { network, time, log } = this.#world;
    log?.(this.index, `dies ${point}, unsynced writes ${this.crashMode}`);
    this.driver = undefined;
    network.leave(this.index);
    this.disk.crash(this.crashMode);
    if (this.scenario.mayLoseLog && this.crashMode !== 'kept' && this.#random.chance(0.3)) this.#damage();
    this.#world.crashed(point);
    this.#callOffRestart = time.after(this.#random.int(...RESTART_MS), () => this.start());
  }

  #damage(): void {
    const sizeBytes = this.disk.synced(WAL_FILE).length;
    if (sizeBytes > WAL_HEADER_BYTES) this.disk.damage(WAL_FILE, this.#random.int(WAL_HEADER_BYTES, sizeBytes - 1));
  }

  #log(life: Life): DriverLog {
    const { log } = this.#world;
    const at = (level: string) => (fields: object, message: string) => {
      if (life.isAlive) log?.(this.index, `${level}: ${message} ${JSON.stringify(fields)}`);
    };
    if (!log) return SILENT;
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }
}

const SILENT: DriverLog = { debug() {}, info() {}, warn() {}, error() {} };

function isSignedBy(message: Uint8Array, validator: string): boolean {
  if (message[0] === 1) return false;
  const decoded = decodePeerMessage(message);
  if (decoded.type === 'status') return false;
  return (decoded.type === 'vote' ? decoded.vote : decoded.proposal).validator === validator;
}
