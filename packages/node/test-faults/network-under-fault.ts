import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryDirectory, temporaryDirectory, waitFor } from '@heddle/testkit';
import { WIRE_LOG_VARIABLE } from '../src/consensus/wire-log.ts';
import { askDevnet } from '../src/control/control-client.ts';
import { readGenesisFile } from '../src/genesis/read-genesis.ts';
import { type NodeFolderPaths, nodeFolderPaths } from '../src/node-folder/node-paths.ts';
import type { DevnetFile } from '../src/supervisor/devnet-file.ts';
import { type DevnetUnderTest, isAlive, startDevnet } from '../test-ci/devnet-under-test.ts';
import { HeadWatch } from './head-watch.ts';
import { residentMiB } from './process-figures.ts';
import { TransactionStream } from './transaction-stream.ts';

/** How a devnet of the catalogue is made. */
export interface NetworkSetup {
  /** Flags of `heddle devnet` besides those of every case; a later one wins. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Transactions a second; default 50. */
  readonly perSecond?: number;
}

const FLAGS = ['--validators', '4', '--block-time', '0.5', '--empty-block-time', '0.5', '--accounts', '80'];
const DEFAULT_PER_SECOND = 50;
/** A chain that has decided so many goes. */
const FIRST_BLOCKS = 3;
/** Accounts of the steady stream; those above are for floods. */
const STREAM_ACCOUNTS = 64;
/** A validator that takes longer to start, to end or to catch up does not do it any more. */
export const PATIENCE_MS = 240_000;

/** What a network stands on. */
interface Ground {
  readonly folder: TemporaryDirectory;
  readonly start: () => Promise<DevnetUnderTest>;
  readonly perSecond: number;
}

/** A devnet of real processes with everything that a case does to it and sees of it. */
export class NetworkUnderFault {
  readonly watch: HeadWatch;
  readonly stream: TransactionStream;
  /** Every validator's number. */
  readonly all: readonly number[];
  readonly genesisFile: string;
  readonly datadir: string;
  readonly #start: () => Promise<DevnetUnderTest>;
  readonly #folder: TemporaryDirectory;
  #devnet: DevnetUnderTest;
  #listed: DevnetFile['validators'] = [];

  private constructor(devnet: DevnetUnderTest, { folder, start, perSecond }: Ground) {
    this.#devnet = devnet;
    this.#folder = folder;
    this.#start = start;
    this.datadir = devnet.datadir;
    this.genesisFile = join(devnet.datadir, 'genesis.json');
    this.all = this.listed().map(({ index }) => index);
    this.watch = new HeadWatch(this.all.length, (index) => this.url(index));
    this.stream = new TransactionStream({
      perSecond,
      keys: keysOf(devnet.datadir).slice(0, STREAM_ACCOUNTS),
      urls: () => this.listed().map(({ rpcUrl }) => rpcUrl),
      pid: (index) => this.pid(index),
      watch: this.watch,
    });
  }

  /** Starts a devnet under a steady stream of transactions; resolves when blocks come. */
  static async start({
    flags = [],
    env = {},
    perSecond = DEFAULT_PER_SECOND,
  }: NetworkSetup): Promise<NetworkUnderFault> {
    const folder = temporaryDirectory('faults');
    const wires = join(folder.path, 'wires');
    const surroundings = { env: { [WIRE_LOG_VARIABLE]: wires, ...env } };
    const start = () => startDevnet(join(folder.path, 'data'), [...FLAGS, ...flags], surroundings);
    const network = new NetworkUnderFault(await start(), { folder, start, perSecond });
    try {
      await network.watch.allReach(FIRST_BLOCKS, network.all, PATIENCE_MS);
    } catch (error) {
      await network.end();
      throw error;
    }
    return network;
  }

  get wireLogFolder(): string {
    return join(this.#folder.path, 'wires');
  }

  /** A folder of the case's own, outside the devnet's. */
  get scratch(): string {
    return this.#folder.path;
  }

  /** `devnet.json` as it stands, or stood last: validators that are down are in it too. */
  listed(): DevnetFile['validators'] {
    const file = join(this.datadir, 'devnet.json');
    if (existsSync(file)) this.#listed = (JSON.parse(readFileSync(file, 'utf8')) as DevnetFile).validators;
    return this.#listed;
  }

  url(index: number): string {
    return this.listed()[index]?.rpcUrl ?? 'http://127.0.0.1:1';
  }

  /** Undefined while it is down. */
  pid(index: number): number | undefined {
    const pid = this.listed()[index]?.pid ?? undefined;
    return pid !== undefined && isAlive(pid) ? pid : undefined;
  }

  /** The resident set of every validator's process; 0 for one that is down. */
  residentMiB(): number[] {
    return this.all.map((index) => residentMiB(this.pid(index) ?? 0) ?? 0);
  }

  paths(index: number): NodeFolderPaths {
    return nodeFolderPaths(join(this.datadir, `validator-${index}`), join('..', 'genesis.json'));
  }

  /** The address under which a validator signs. */
  address(index: number): string {
    return this.listed()[index]?.address.toLowerCase() ?? '';
  }

  /** The validator whose block has this beneficiary. */
  indexOfMiner(miner: string): number {
    const { validators } = readGenesisFile(this.genesisFile);
    const proposer = validators.find(({ feeAddress }) => feeAddress === miner)?.address;
    return this.all.find((index) => this.address(index) === proposer) ?? -1;
  }

  /** What `heddle fault <command>` says to this devnet. */
  async fault(command: string, params: Readonly<Record<string, string>> = {}): Promise<void> {
    await askDevnet(this.datadir, { command, params });
  }

  /** kill -9, all at once; they stay down until they are restarted. */
  async kill(...indexes: number[]): Promise<void> {
    await Promise.all(indexes.map((index) => this.fault('kill', { validator: String(index) })));
    for (const index of indexes) this.stream.killed(index);
  }

  /** Starts what was killed. When that was, and when the last of them serves RPC. */
  async restart(...indexes: number[]): Promise<{ readonly startedMs: number; readonly listeningMs: number }> {
    const startedMs = performance.now();
    await Promise.all(indexes.map((index) => this.fault('restart', { validator: String(index) })));
    return { startedMs, listeningMs: performance.now() };
  }

  /** kill -9 of everything, the supervisor included. */
  async killSupervisorAndAll(): Promise<void> {
    const killed = this.#devnet.killAll();
    for (const index of this.all) this.stream.killed(index);
    await killed;
  }

  /** Starts the devnet again after {@link killSupervisorAndAll}; resolves when every validator is ready. */
  async startAgain(): Promise<void> {
    this.#devnet = await this.#start();
  }

  /** The database and log of a validator that is down are gone; its keys and its signer's state are kept. */
  wipe(index: number): void {
    const { database, wal } = this.paths(index);
    for (const path of [database, `${database}.lock`, `${database}.running`, `${database}.kept`, wal]) {
      rmSync(path, { recursive: true, force: true });
    }
    this.watch.forget(index);
  }

  /** SIGSTOP by pid. */
  freeze(index: number): void {
    const pid = this.pid(index);
    if (pid !== undefined) process.kill(pid, 'SIGSTOP');
  }

  /** SIGCONT by pid. */
  thaw(index: number): void {
    const pid = this.pid(index);
    if (pid !== undefined) process.kill(pid, 'SIGCONT');
  }

  /** Private keys of funded accounts that the stream does not use. */
  floodKeys(): readonly string[] {
    return keysOf(this.datadir).slice(STREAM_ACCOUNTS);
  }

  /** Everything that the command has printed. */
  output(): string {
    return this.#devnet.output();
  }

  /** Ctrl-C, and everything of it removed. The exit code of the command. */
  async interrupt(): Promise<number | null> {
    this.stream.stop();
    await this.watch.stop();
    const code = await this.#devnet.interrupt();
    this.#folder.remove();
    return code;
  }

  /** Ends the devnet, in whatever state it is, and removes everything of it. Safe to call twice. */
  async end(): Promise<void> {
    this.stream.stop();
    await this.watch.stop();
    const pids = this.all.flatMap((index) => this.pid(index) ?? []);
    await this.#devnet.killAll();
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL'); // a stopped one too
    await waitFor(() => !pids.some(isAlive), { what: 'every process to be gone', timeoutMs: PATIENCE_MS });
    this.#folder.remove();
  }
}

function keysOf(datadir: string): string[] {
  const accounts = JSON.parse(readFileSync(join(datadir, 'accounts.json'), 'utf8')) as { privateKey: string }[];
  return accounts.map(({ privateKey }) => privateKey);
}
