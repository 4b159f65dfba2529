import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerIdentity } from '@heddle/p2p';
import {
  type ChainSpec,
  HeddleError,
  type SigningDomain,
  signDigest,
  signingDomain,
  type TimestampRule,
  type UnsignedVote,
  type Vote,
  voteDigest,
} from '@heddle/primitives';
import {
  createFakeClock,
  type FakeClock,
  type TemporaryDirectory,
  type TestAccount,
  temporaryDirectory,
} from '@heddle/testkit';
import { type ConsensusDriver, createConsensusDriver } from '../../src/consensus/consensus-driver.ts';
import type { DriverLog, DriverVoter } from '../../src/consensus/driver-ports.ts';
import { encodePeerMessage } from '../../src/consensus/messages.ts';
import type { PaceRules } from '../../src/consensus/pacing.ts';
import { initSigner, openSigner } from '../../src/consensus/signer.ts';
import { openWal } from '../../src/consensus/wal.ts';
import type { HeadInfo } from '../../src/execution/main-boundary.ts';
import { FakeExecution, FakePool, FakeStore, fakeSpec } from './fake-chain.ts';
import { FakeNetwork } from './fake-network.ts';
import { MemoryDisk } from './memory-disk.ts';

const GENESIS_SECONDS = 1_800_000_000;
const STEP_MS = 2;

/** One node: what outlives its process, and the process while it runs. */
export class FakeNode {
  readonly identity: PeerIdentity;
  readonly store: FakeStore;
  readonly disk = new MemoryDisk();
  readonly execution: FakeExecution;
  pool: FakePool;
  driver: ConsensusDriver | undefined;
  /** How far its clock is off. */
  clockOffsetMs = 0;
  readonly lines: string[] = [];
  readonly errors: unknown[] = [];
  /** Heights that were announced as decided, with their hashes, over all lives. */
  readonly published = new Map<number, string>();
  readonly #cluster: FakeCluster;
  readonly #key: TestAccount | undefined;
  readonly #directory: string;
  #voter: DriverVoter | undefined;
  /** What came in, and the timers that ran out, while the process is stopped. */
  #asleep: { readonly came: (() => void)[]; readonly ranOut: (() => void)[] } | undefined;

  constructor(cluster: FakeCluster, index: number, key: TestAccount | undefined) {
    this.#cluster = cluster;
    this.#key = key;
    this.#directory = join(cluster.directory.path, `node-${index}`);
    mkdirSync(this.#directory, { recursive: true });
    this.identity = { peerId: `peer-${index}`, validator: key?.address, height: 0 };
    this.store = new FakeStore(cluster.spec);
    this.execution = new FakeExecution(cluster.spec, this.store, cluster.clock);
    this.pool = new FakePool(this.store);
  }

  get paths() {
    return { keyFile: join(this.#directory, 'validator.key'), stateFile: join(this.#directory, 'signer.json') };
  }

  get walFile(): string {
    return join(this.#directory, 'consensus.wal');
  }

  async init(): Promise<void> {
    if (this.#key) await initSigner(this.paths, this.#key.privateKey, this.disk);
  }

  /** Starts the process over what is on the disk. */
  async start({ acceptState = false } = {}): Promise<void> {
    const { spec, clock, network, pace, domain } = this.#cluster;
    this.execution.isDead = false;
    this.pool = new FakePool(this.store);
    if (this.#key) {
      const signer = await openSigner({ ...this.paths, domain, era: 0, acceptState }, this.disk);
      const options = { directory: this.#directory, era: 0, headHeight: this.store.head.number };
      this.#voter = { signer, wal: await openWal(options, this.disk), eraStart: 1 };
    }
    const driver = createConsensusDriver(
      { spec, domain, pace },
      {
        network: network.portOf(this.identity.peerId),
        execution: this.execution,
        pool: this.pool,
        voter: this.#voter,
        clock: {
          now: () => clock.now() + this.clockOffsetMs,
          schedule: (delayMs, callback) => clock.schedule(delayMs, () => this.#whenAwake('ranOut', callback)),
        },
        log: this.#log(),
        events: {
          onCommitted: (committed) => {
            for (const { head } of committed) this.#publish(head);
          },
          onFailed: (error) => this.errors.push(error),
        },
      },
    );
    this.pool.onExecutable = (notice) => driver.executableChanged(notice);
    try {
      await driver.start();
    } catch (error) {
      await this.#voter?.signer.close(); // its process ends
      throw error;
    }
    this.driver = driver;
    this.#connect(driver);
  }

  /** Its process is stopped as by SIGSTOP; after some seconds its peers hang up. */
  freeze(): void {
    this.#asleep = { came: [], ranOut: [] };
  }

  /** It goes on: first with what lies in its sockets, then with its timers; then its peers are connected again. */
  thaw(): void {
    const { came = [], ranOut = [] } = this.#asleep ?? {};
    this.#asleep = undefined;
    for (const callback of [...came, ...ranOut]) callback();
    const { network } = this.#cluster;
    if (this.driver && !network.isConnected(this.identity.peerId)) this.#connect(this.driver);
  }

  #connect(driver: ConsensusDriver): void {
    this.#cluster.network.connect(this.identity, {
      onConsensusMessage: (message, from) => {
        if (!this.#asleep) return driver.onConsensusMessage(message, from);
        this.#asleep.came.push(() => driver.onConsensusMessage(message, from));
        return true;
      },
      onRequest: (request, from) => driver.onRequest(request, from),
      onPeerConnected: (peer) => this.#whenAwake('came', () => driver.onPeerConnected(peer)),
      onPeerDisconnected: (peer) => this.#whenAwake('came', () => driver.onPeerDisconnected(peer)),
    });
  }

  #whenAwake(kind: 'came' | 'ranOut', callback: () => void): void {
    if (this.#asleep) this.#asleep[kind].push(callback);
    else callback();
  }

  /** Kills the process: what was not synced is lost. */
  async kill(): Promise<void> {
    this.disk.crash();
    this.execution.isDead = true;
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#cluster.network.disconnect(this.identity.peerId);
    await this.#cluster.whileTimePasses(async () => {
      await this.driver?.stop();
      await this.#voter?.signer.close();
      await this.#voter?.wal.close().catch(() => undefined);
    });
    this.driver = undefined;
    this.#voter = undefined;
  }

  get head(): number {
    return this.store.head.number;
  }

  /** The store as it was at block `number`: blocks were lost. */
  rewindStore(number: number): void {
    this.store.rewind(number);
    for (const height of [...this.published.keys()]) if (height > number) this.published.delete(height);
  }

  #publish({ number, hash }: HeadInfo): void {
    const before = this.published.get(number);
    if (before !== undefined && before !== hash) {
      throw new HeddleError('TEST', `block ${number} was ${before}, now ${hash}`);
    }
    this.published.set(number, hash);
  }

  #log(): DriverLog {
    const at = (level: string) => (fields: object, message: string) => {
      this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
    return { debug: () => undefined, info: at('info'), warn: at('warn'), error: at('error') };
  }
}

/** What a cluster is made of; four validators that keep the default pace, if nothing is said. */
export interface FakeClusterOptions {
  readonly validators?: number;
  readonly fullNodes?: number;
  readonly pace?: PaceRules;
  readonly timestamps?: TimestampRule;
}

/** Several nodes in one process over fake time, network and disks. */
export class FakeCluster {
  readonly clock: FakeClock = createFakeClock(GENESIS_SECONDS * 1_000);
  readonly network = new FakeNetwork(this.clock);
  readonly directory: TemporaryDirectory = temporaryDirectory('consensus');
  readonly spec: ChainSpec;
  readonly keys: readonly TestAccount[];
  readonly nodes: readonly FakeNode[];
  readonly pace: PaceRules;

  constructor(options: FakeClusterOptions = {}) {
    const { validators = 4, fullNodes = 0, pace = { blockTimeMs: 1_000, emptyBlockTimeMs: 5_000 } } = options;
    const { spec, keys } = fakeSpec(validators, GENESIS_SECONDS, options.timestamps);
    this.spec = spec;
    this.keys = keys;
    this.pace = pace;
    const keyOf = (index: number) => keys[index];
    this.nodes = Array.from({ length: validators + fullNodes }, (_, index) => new FakeNode(this, index, keyOf(index)));
  }

  get domain(): SigningDomain {
    const genesisHash = new FakeStore(this.spec).head.hash;
    return signingDomain({ chainId: this.spec.chainId, genesisHash, era: 0 });
  }

  node(index: number): FakeNode {
    const node = this.nodes[index];
    if (!node) throw new HeddleError('TEST', `no node ${index}`);
    return node;
  }

  async start(indexes = this.nodes.map((_, index) => index)): Promise<void> {
    for (const node of this.nodes) await node.init();
    for (const index of indexes) await this.node(index).start();
  }

  /** Lets time pass until `condition` holds. */
  async until(condition: () => boolean, what: string, limitMs = 60_000): Promise<void> {
    const endMs = this.clock.now() + limitMs;
    while (!condition()) {
      if (this.clock.now() >= endMs)
        throw new HeddleError('TEST', `waited ${limitMs} ms for ${what}\n${this.report()}`);
      await this.step();
    }
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.clock.now() + ms;
    while (this.clock.now() < endMs) await this.step();
  }

  async whileTimePasses<T>(work: () => Promise<T>): Promise<T> {
    let isOver = false;
    const done = work().finally(() => {
      isOver = true;
    });
    while (!isOver) await this.step();
    return done;
  }

  async step(): Promise<void> {
    this.clock.advance(STEP_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** A vote signed with a validator's key outside its process, and the message that brings it. */
  forgedVote(key: TestAccount | undefined, unsigned: UnsignedVote): { vote: Vote; bytes: Uint8Array } {
    if (!key) throw new HeddleError('TEST', 'no such validator');
    const vote = {
      ...unsigned,
      validator: key.address,
      signature: signDigest(voteDigest(this.domain, unsigned), key.privateKey),
    };
    return { vote, bytes: encodePeerMessage({ type: 'vote', vote }) };
  }

  report(): string {
    return this.nodes
      .map(({ identity, driver, lines, errors }) => {
        const status = JSON.stringify(driver?.status(), (_key, value) =>
          typeof value === 'bigint' ? `${value}` : value,
        );
        return [identity.peerId, status, ...lines.slice(-8), ...errors.map(String)].join('\n  ');
      })
      .join('\n');
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) if (node.driver) await node.stop();
    this.directory.remove();
  }
}
