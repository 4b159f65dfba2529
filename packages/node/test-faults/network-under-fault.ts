import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@heddle/testkit';
import { WIRE_LOG_VARIABLE } from '../src/consensus/wire-log.ts';
import { readGenesisFile } from '../src/genesis/read-genesis.ts';
import { type NodeFolderPaths, nodeFolderPaths } from '../src/node-folder/node-paths.ts';
import type { DevnetFile } from '../src/supervisor/devnet-file.ts';
import { type DevnetUnderTest, isAlive, startDevnet } from '../test-ci/devnet-under-test.ts';
import { HeadWatch } from './head-watch.ts';
import { heddle } from './heddle-command.ts';
import { TransactionStream } from './transaction-stream.ts';

/** How a devnet of the catalogue is made. */
export interface NetworkSetup {
  /** Flags of `heddle devnet` besides those of every case; a later one wins. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Transactions a second; default 50. */
  readonly perSecond?: number;
}

const FLAGS = ['--validators', '4', '--block-time', '0.5', '--empty-block-time', '0.5', '--accounts', '64'];
const DEFAULT_PER_SECOND = 50;
/** A validator that takes longer to start, to end or to catch up does not do it any more. */
export const PATIENCE_MS = 90_000;

/** A devnet of real processes with everything that a case does to it and sees of it. */
export class NetworkUnderFault {
  readonly watch: HeadWatch;
  readonly stream: TransactionStream;
  /** Every validator's number. */
  readonly all: readonly number[];
  readonly genesisFile: string;
  readonly #devnet: DevnetUnderTest;
  readonly #folder: { readonly path: string; remove(): void };

  private constructor(devnet: DevnetUnderTest, folder: { path: string; remove(): void }, perSecond: number) {
    this.#devnet = devnet;
    this.#folder = folder;
    this.genesisFile = join(devnet.datadir, 'genesis.json');
    this.all = this.listed().map(({ index }) => index);
    this.watch = new HeadWatch(this.all.length, (index) => this.url(index));
    this.stream = new TransactionStream({
      perSecond,
      keys: keysOf(devnet.datadir),
      urls: () => this.listed().map(({ rpcUrl }) => rpcUrl),
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
    const devnet = await startDevnet(join(folder.path, 'data'), [...FLAGS, ...flags], {
      env: { [WIRE_LOG_VARIABLE]: wires, ...env },
    });
    const network = new NetworkUnderFault(devnet, folder, perSecond);
    await network.watch.allReach(3, network.all, PATIENCE_MS);
    return network;
  }

  get datadir(): string {
    return this.#devnet.datadir;
  }

  get wireLogFolder(): string {
    return join(this.#folder.path, 'wires');
  }

  /** A folder of the case's own, outside the devnet's. */
  get scratch(): string {
    return this.#folder.path;
  }

  /** `devnet.json` as it stands: validators that are down are in it too. */
  listed(): DevnetFile['validators'] {
    return (JSON.parse(readFileSync(join(this.datadir, 'devnet.json'), 'utf8')) as DevnetFile).validators;
  }

  url(index: number): string {
    return this.listed()[index]?.rpcUrl ?? 'http://127.0.0.1:1';
  }

  /** Undefined while it is down. */
  pid(index: number): number | undefined {
    const pid = this.listed()[index]?.pid ?? undefined;
    return pid !== undefined && isAlive(pid) ? pid : undefined;
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

  /** `heddle fault …` on this devnet. */
  fault(...args: string[]): Promise<string> {
    return heddle('fault', '--datadir', this.datadir, ...args);
  }

  /** kill -9; they stay down until they are restarted. */
  async kill(...indexes: number[]): Promise<void> {
    await this.fault('kill', indexes.join(','));
    for (const index of indexes) this.stream.killed(index);
  }

  /** Starts what was killed, without waiting for it. The time of the start. */
  async restart(...indexes: number[]): Promise<number> {
    const startedMs = performance.now();
    await this.fault('restart', indexes.join(','));
    return startedMs;
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

  /** Resolves when a validator answers RPC, as far as it was asked after `sinceMs`; the time of that answer. */
  listening(index: number, sinceMs: number): Promise<number> {
    return waitFor(() => this.watch.answeredMs(index) > sinceMs && this.watch.answeredMs(index), {
      what: `validator ${index} to answer`,
      timeoutMs: PATIENCE_MS,
    });
  }

  /** Everything that the command has printed. */
  output(): string {
    return this.#devnet.output();
  }

  /** Ends the devnet and removes its folder. */
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
