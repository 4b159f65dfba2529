import { join } from 'node:path';
import { type EngineName, HeddleError, keccak256Hex } from '@heddle/primitives';
import type { LogFormat, LogLevel } from '../config.ts';
import { acquireSignerLock, type SignerLock } from '../consensus/signer-lock.ts';
import { type ControlServer, serveControl } from '../control/control-server.ts';
import { FaultBook } from '../faults/fault-book.ts';
import { fileUnwritable } from '../files/file-errors.ts';
import { makeFolder } from '../files/text-files.ts';
import type { LimitTexts } from '../limits/node-limits.ts';
import { availableCores, defaultWorkers } from '../node-folder/cpu-share.ts';
import { type NodeFile, writeNodeFile } from '../node-folder/node-file.ts';
import { placeBaseStores } from './base-chain.ts';
import { createBlockLines } from './block-lines.ts';
import type { ChainFlags } from './chain-flags.ts';
import { writeChainSettings } from './chain-settings.ts';
import type { ReadyMessage } from './child-messages.ts';
import { type ControlledDevnet, createDevnetControl } from './devnet-control.ts';
import { removeDevnetFile, writeDevnetFile } from './devnet-file.ts';
import { isDevnetUp } from './devnet-status.ts';
import { awaitLeftovers } from './leftovers.ts';
import { type Chain, type ChainValidator, countValidators, openChain } from './open-chain.ts';
import { assertFree, freePorts } from './ports.ts';
import { type SupervisedValidator, superviseValidator } from './supervised-validator.ts';
import { datadirInUse, devnetInterrupted } from './supervisor-errors.ts';

/** How a devnet runs. */
export interface DevnetOptions {
  readonly datadir: string;
  readonly flags: ChainFlags;
  readonly reset: boolean;
  readonly host: string;
  /** Of validator 0; the others follow. 0: free ones. */
  readonly port: number;
  readonly vhosts: readonly string[] | undefined;
  /** Undefined: by the cores that each can count on. */
  readonly workers: number | undefined;
  /** The EVM of each validator. Undefined: the default. */
  readonly engine?: EngineName | undefined;
  /** Blocks whose state each validator keeps. Undefined: all. */
  readonly history?: number | undefined;
  /** Limits of each validator that differ from the defaults. */
  readonly limits?: LimitTexts | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly restart: boolean;
  /** The program of a validator: the `heddle` script, or a test's stand-in. */
  readonly script: string;
  /** Wait before the first restart, doubling to the last. */
  readonly restartDelayMs: { readonly first: number; readonly last: number };
  /** Aborted when the user wants the start to end. */
  readonly signal: AbortSignal;
}

/** What a devnet says to people. */
export interface DevnetOutput {
  /** What goes on, before and beside the blocks. */
  say(line: string): void;
  /** One line per finalized block. */
  block(line: string): void;
  /** How far the copying of the chain to go on from is. */
  copied(what: string, done: number, total: number): void;
}

/** A devnet whose validators serve RPC. */
export interface RunningDevnet {
  readonly chain: Chain;
  /** By index; undefined for a validator that could not start. */
  readonly rpcUrls: readonly (string | undefined)[];
  /** Threads that execute a block, in each validator. */
  readonly workers: number;
  /** Where the validators' logs are. */
  readonly logFiles: readonly string[];
  /** Settles when the devnet is to end: every validator is down for good, or somebody asked (heddle devnet down). */
  readonly ended: Promise<'down' | 'asked'>;
  /** Ends all processes, cleanly if they answer. Safe to call twice. */
  stop(): Promise<void>;
}

/** Full nodes that each validator of a devnet admits. */
export const DEFAULT_MAX_FULL_NODES = 16;
/** What a validator gets for ending by itself; it gives up on itself before. */
const STOP_PATIENCE_MS = 15_000;

/**
 * Starts a devnet and resolves when every validator serves RPC, or has said why it cannot and the others can decide
 * blocks without it. When the signal is aborted meanwhile, it ends what it has started.
 *
 * @throws HeddleError of {@link openChain}, and `DATADIR_IN_USE`, `PORT_IN_USE`, `VALIDATOR_FAILED`,
 *   `DEVNET_INTERRUPTED`
 */
export async function startDevnet(options: DevnetOptions, output: DevnetOutput): Promise<RunningDevnet> {
  const lock = await lockDatadir(options.datadir);
  try {
    await awaitLeftovers(options.datadir, output.say);
    const rpcPorts = rpcPortsOf(options);
    await assertFree(options.host, rpcPorts); // before a chain is made or removed for a devnet that cannot run
    const chain = await openChain(options.datadir, options.flags, { reset: options.reset });
    await placeStores(chain, output);
    const p2pPorts = await freePorts(chain.settings.p2pPorts, chain.validators.length);
    writeChainSettings(chain.datadir, { ...chain.settings, p2pPorts });
    return await superviseAll({ options, output, chain, rpcPorts, p2pPorts, lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function rpcPortsOf({ datadir, flags, reset, port }: DevnetOptions): number[] {
  const count = countValidators(datadir, flags, { reset });
  return Array.from({ length: count }, (_, index) => (port === 0 ? 0 : port + index));
}

/** What validators cannot make of genesis. A wiped one gets it again, if it is still to be had; else the others go on. */
async function placeStores({ isNew, settings, spec, validators }: Chain, { say, copied }: DevnetOutput): Promise<void> {
  if (spec.base === undefined || settings.from === undefined) return;
  try {
    await placeBaseStores(settings.from, spec.base, { validators, onCopied: copied });
  } catch (error) {
    if (isNew || !(error instanceof HeddleError)) throw error;
    say(`a validator without a store gets none: ${error.message}; ${error.remedy}`);
  }
}

interface DevnetPlan {
  readonly options: DevnetOptions;
  readonly output: DevnetOutput;
  readonly chain: Chain;
  readonly rpcPorts: number[];
  readonly p2pPorts: readonly number[];
  readonly lock: SignerLock;
}

async function superviseAll(plan: DevnetPlan): Promise<RunningDevnet> {
  const { options, output, chain, lock } = plan;
  const supervised: SupervisedValidator[] = [];
  const lines = createBlockLines(output.block);
  const ending = endingOf(supervised);
  const book = new FaultBook(
    chain.validators.map(({ peerId }) => peerId),
    keccak256Hex(Buffer.from(`faults ${chain.settings.seed}`)),
  );
  const control = await listenForCommands(plan, { supervised, book, end: ending.asAsked });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= ending.all().then(() => {
      removeDevnetFile(chain.datadir);
      lock.release();
      return control?.close();
    });
    return stopping;
  };
  output.say(`starting ${chain.validators.length} validators …`);
  for (const validator of chain.validators) {
    writeNodeFile(validator.paths.nodeFile, nodeFileOf(plan, validator.index));
    const supervision = { ...options, faults: () => book.settingsFor(validator.index) };
    const one = superviseValidator(validator, supervision, {
      say: output.say,
      onReady({ rpcUrl }) {
        // A restart keeps the port that was free.
        if (URL.canParse(rpcUrl)) plan.rpcPorts[validator.index] = Number(new URL(rpcUrl).port);
        writeNodeFile(validator.paths.nodeFile, nodeFileOf(plan, validator.index));
        if (isDevnetUp(chain, supervised)) writeRunning(plan, supervised, control);
      },
      onBlock: (summary) => lines.report(validator.index, summary),
      onDown: () => lines.forget(validator.index),
      onGivenUp: ending.unlessSomeIsLeft,
    });
    supervised.push(one);
  }
  try {
    const ready = await unlessAborted(awaitStart(plan, supervised), options.signal);
    writeRunning(plan, supervised, control);
    lines.begin(Math.max(...ready.map((one) => one?.headNumber ?? 0)));
    const rpcUrls = ready.map((one) => one?.rpcUrl);
    const logFiles = chain.validators.map(({ paths }) => paths.logFile);
    return { chain, rpcUrls, workers: workersOf(plan), logFiles, ended: ending.ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The validators once each is ready or has failed (undefined).
 *
 * @throws HeddleError `VALIDATOR_FAILED` when those that are left cannot decide a block
 */
async function awaitStart(
  { chain, output }: DevnetPlan,
  supervised: readonly SupervisedValidator[],
): Promise<(ReadyMessage | undefined)[]> {
  const starts = await Promise.allSettled(supervised.map(({ firstReady }) => firstReady));
  const stakeOf = (isCounted: (index: number) => boolean) =>
    chain.spec.validators.reduce((sum, { stake }, index) => (isCounted(index) ? sum + stake : sum), 0n);
  const canDecide = 3n * stakeOf((index) => starts[index]?.status === 'fulfilled') > 2n * stakeOf(() => true);
  return starts.map((start, index) => {
    if (start.status === 'fulfilled') return start.value;
    if (!canDecide) throw start.reason;
    const remedy = start.reason instanceof HeddleError ? `; ${start.reason.remedy}` : '';
    output.say(`${messageOf(start.reason)}${remedy}`);
    output.say(`the others go on without validator ${index}; bring it back with: heddle fault restart ${index}`);
    return undefined;
  });
}

/** How a devnet comes to its end. */
function endingOf(supervised: readonly SupervisedValidator[]) {
  let settle: (why: 'down' | 'asked') => void = () => undefined;
  const ended = new Promise<'down' | 'asked'>((resolve) => {
    settle = resolve;
  });
  let endingAll: Promise<unknown> | undefined;
  const all = async (): Promise<void> => {
    endingAll ??= Promise.all(supervised.map((one) => one.stop(STOP_PATIENCE_MS)));
    await endingAll;
  };
  return {
    ended,
    all,
    unlessSomeIsLeft: () => supervised.every(({ isGivenUp }) => isGivenUp) && settle('down'),
    asAsked(): Promise<void> {
      settle('asked');
      return all();
    },
  };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => reject(devnetInterrupted());
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  return Promise.race([work, aborted]);
}

function nodeFileOf({ options, chain, rpcPorts, p2pPorts }: DevnetPlan, index: number): NodeFile {
  const { instanceId, blockTime, emptyBlockTime } = chain.settings;
  const addressOf = (one: ChainValidator) => `/ip4/127.0.0.1/tcp/${p2pPorts[one.index]}`;
  const others = chain.validators.filter((one) => one.index !== index);
  return {
    genesis: join('..', 'genesis.json'),
    instanceId,
    isValidator: true,
    rpc: { host: options.host, port: rpcPorts[index] ?? 0, vhosts: options.vhosts },
    network: {
      listen: `/ip4/127.0.0.1/tcp/${p2pPorts[index]}`,
      announce: [],
      peers: others.map((one) => ({ peerId: one.peerId, multiaddr: addressOf(one), validator: one.address })),
      maxFullNodes: DEFAULT_MAX_FULL_NODES,
    },
    blockTime,
    emptyBlockTime,
    workers: workersOf({ options, chain }),
    engine: options.engine,
    history: options.history,
    log: { level: options.logLevel, format: options.logFormat, toFile: true },
    heldKeys: chain.prefunded.map(({ privateKey }) => privateKey),
    limits: options.limits,
  };
}

function workersOf({ options, chain }: Pick<DevnetPlan, 'options' | 'chain'>): number {
  return options.workers ?? defaultWorkers(availableCores(), chain.validators.length);
}

/** A devnet runs without it too: not every file system has room for a socket. */
async function listenForCommands(
  { chain, output: { say } }: DevnetPlan,
  rest: Pick<ControlledDevnet, 'supervised' | 'book' | 'end'>,
): Promise<ControlServer | undefined> {
  try {
    return await serveControl(chain.datadir, createDevnetControl({ chain, say, ...rest }));
  } catch (error) {
    say(`it takes no commands (heddle fault, heddle devnet status): ${messageOf(error)}`);
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function writeRunning(
  { chain }: DevnetPlan,
  supervised: readonly SupervisedValidator[],
  control: ControlServer | undefined,
): void {
  const { instanceId, blockTime, emptyBlockTime } = chain.settings;
  const validators = chain.validators.map(({ index, address, paths }) => {
    const { pid, ready } = supervised[index] ?? {};
    const p2pAddress = `${ready?.p2pAddress}/p2p/${ready?.peerId}`;
    return { index, pid: pid ?? null, address, rpcUrl: ready?.rpcUrl ?? '', p2pAddress, logFile: paths.logFile };
  });
  const { chainId } = chain.spec;
  writeDevnetFile(chain.datadir, {
    chainId,
    instanceId,
    genesis: 'genesis.json',
    blockTime,
    emptyBlockTime,
    pid: process.pid,
    control: control?.path ?? null,
    validators,
  });
}

async function lockDatadir(datadir: string): Promise<SignerLock> {
  makeFolder(datadir);
  try {
    return await acquireSignerLock(join(datadir, 'devnet.lock'));
  } catch (cause) {
    if (cause instanceof HeddleError && cause.code === 'SIGNER_LOCKED') throw datadirInUse(datadir, cause);
    throw fileUnwritable(datadir, cause);
  }
}
