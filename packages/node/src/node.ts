import { basename } from 'node:path';
import { createNetwork, type Network, type PeerAddress } from '@heddle/p2p';
import {
  addressOfPublicKey,
  type ChainSpec,
  type Hash,
  hexToBytes,
  secp256k1,
  signDigest,
  signingDomain,
} from '@heddle/primitives';
import { VERSION } from './cli/version.ts';
import type { NodeConfig } from './config.ts';
import { chainAuthenticity } from './consensus/authenticity.ts';
import { type ConsensusDriver, createConsensusDriver } from './consensus/consensus-driver.ts';
import { type DriverVoter, executionOfThread, poolOfThread } from './consensus/driver-ports.ts';
import { diskFiles } from './consensus/durable-files.ts';
import { openSigner } from './consensus/signer.ts';
import { systemClock } from './consensus/system-clock.ts';
import { openWal } from './consensus/wal.ts';
import { openWireLog, type WireLog } from './consensus/wire-log.ts';
import { planCrash, readPlannedCrash } from './crash-points.ts';
import { Endings } from './endings.ts';
import type { CommittedBlock, StoreOpening } from './execution/main-boundary.ts';
import type { LiarIdentity, NodeFaults } from './faults/node-faults.ts';
import { readTextFile } from './files/text-files.ts';
import { parseNetworkKey } from './genesis/network-key.ts';
import { readGenesisFile } from './genesis/read-genesis.ts';
import { forkedBlocks, readChainGenesis } from './import/chain-genesis.ts';
import { type NodeLog, openLog } from './logging.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { createNetworkHandlers, type LateNetwork, lateNetwork } from './network-wiring.ts';
import { isGivenUp, startGivenUp, threadEnded } from './node-errors.ts';
import { joinInfoOf } from './node-folder/join.ts';
import { unpackBytes } from './pool/packed-bytes.ts';
import { createPoolExchange } from './pool/pool-exchange.ts';
import { createQueryThreads } from './query/query-threads.ts';
import { watchReadiness } from './readiness.ts';
import { createRpcHandlers, nodeFacts } from './rpc-wiring.ts';
import type { NodeEvents, RunningNode } from './running-node.ts';
import { type ExecutionThread, startExecutionThread } from './threads/start-execution-thread.ts';
import { type PoolThread, startPoolThread } from './threads/start-pool-thread.ts';
import { type RpcThread, startRpcThread } from './threads/start-rpc-thread.ts';

// Start here: one node, put together. Each part is started once what it needs stands, and ended in reverse order.
//
//   execution thread (opens the store) -> pool thread -> signer and log -> driver -> network -> rpc thread
//
// The way of a transaction: rpc thread -> pool thread -> (main: gossip) -> other pools; the proposer's driver asks its
// pool for candidates, its execution thread builds; the others execute; the drivers decide; execution writes the block.

/** After an unclean stop the store is copied and checked before it is opened; a genesis of millions takes a while to write. */
const OPEN_TIMEOUT_MS = 3_600_000;
const UNCLEAN_STOP =
  'the last run did not end cleanly; the store was checked when it was opened and is verified in full while it runs';
/** A large store takes hours at the speed that leaves the cores to blocks; a timer knows no more than this. */
const VERIFY_TIMEOUT_MS = 2 ** 31 - 1;
const NO_NATIVE_SECP256K1 =
  'secp256k1 runs as WebAssembly: its native code does not load here, and signatures take several times as long';

/**
 * Starts the node that `config` describes. Resolves when it serves RPC and takes part. When `signal` is aborted
 * meanwhile, or a thread ends, the start is given up. With `faults` things can go wrong on purpose.
 *
 * @throws HeddleError of whatever cannot start, `NODE_START_GIVEN_UP` when called off; everything that had started is
 *   ended then
 */
export async function startNode(
  config: NodeConfig,
  events: NodeEvents,
  signal: AbortSignal,
  faults?: NodeFaults,
): Promise<RunningNode> {
  planCrash(readPlannedCrash(process.env.HEDDLE_CRASH_AT));
  const parts = new NodeParts(config, events, faults);
  let callOff = (): void => undefined;
  const calledOff = new Promise<never>((_, reject) => {
    callOff = () => reject(startGivenUp());
  });
  if (signal.aborted) callOff();
  signal.addEventListener('abort', callOff);
  const started = parts.start();
  try {
    return await Promise.race([started, parts.failed, calledOff]);
  } catch (error) {
    await parts.giveUp(error, started);
    throw error;
  } finally {
    signal.removeEventListener('abort', callOff);
  }
}

class NodeParts {
  readonly #config: NodeConfig;
  readonly #events: NodeEvents;
  readonly #faults: NodeFaults | undefined;
  readonly #log: NodeLog;
  #spec: ChainSpec;
  /** Signatures of another era are for another chain: 0 until a rewind. */
  #era = 0;
  readonly #wireLog: WireLog | undefined;
  readonly #late: LateNetwork;
  readonly #endings: Endings;
  #driver: ConsensusDriver | undefined;
  #rpc: RpcThread | undefined;
  /** Rejects with what the node cannot go on with. */
  readonly failed: Promise<never>;
  #reject: (error: unknown) => void = () => undefined;
  #failure: unknown;

  constructor(config: NodeConfig, events: NodeEvents, faults: NodeFaults | undefined) {
    this.#config = config;
    this.#faults = faults;
    this.#events = events;
    this.#spec = readGenesisFile(config.paths.genesis);
    this.#log = openLog(config.log);
    this.#endings = new Endings((error) => events.onWarning(`while ending: ${messageOf(error)}`));
    this.#endings.add(() => this.#log.close());
    this.#wireLog = this.#openWireLog();
    this.#late = lateNetwork(this.#wireLog);
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(() => undefined); // of interest while the node starts; then it is told by its events
  }

  /** Starts part after part. Nothing is started once the end has begun: the store is another's then. */
  async start(): Promise<RunningNode> {
    const { onProgress } = this.#events;
    this.#introduce();
    onProgress('opening the database');
    const execution = this.#startExecution();
    const opening = await this.#wanted(execution.execution.call('opening', undefined, { timeoutMs: OPEN_TIMEOUT_MS }));
    this.#spec = { ...this.#spec, validators: opening.validators }; // who votes is what the state says
    this.#era = opening.era.number;
    if (opening.wasUnclean) this.#log.logger.warn({ height: opening.head.number }, UNCLEAN_STOP);
    const pool = this.#startPool();
    const voter = await this.#wanted(this.#openVoter(opening));
    const driver = await this.#wanted(this.#startDriver(opening.chainTag, { execution, pool, voter }));
    onProgress('joining the network');
    const network = await this.#wanted(this.#startNetwork(opening.chainTag, { driver, pool, voter }));
    onProgress('serving RPC');
    const [multiaddr = ''] = [...this.#config.network.announce, ...network.listenAddresses];
    const self: PeerAddress = { peerId: network.peerId, multiaddr, validator: voter?.signer.address };
    const rpcUrl = await this.#wanted(this.#serveRpc({ driver, execution, pool, self }));
    void this.#verifyStore(execution);
    return {
      rpcUrl,
      p2pAddress: network.listenAddresses[0] ?? '',
      peerId: network.peerId,
      validator: voter?.signer.address,
      headNumber: opening.head.number,
      status: () => driver.status(),
      stop: () => this.#endings.end(),
    };
  }

  /** The start came to nothing: says so in the log, which `error` may never reach otherwise, and ends the parts. */
  async giveUp(error: unknown, started: Promise<unknown>): Promise<void> {
    const { logger } = this.#log;
    if (isGivenUp(error)) logger.info({}, error.message);
    else if (error !== this.#failure) logger.error({ err: error }, 'the node cannot start'); // that one was said
    await this.#endings.end();
    await started.catch(() => undefined); // the step that was under way; `error` is why it is of no interest
    await this.#endings.end(); // and what it has started
  }

  /** What `step` resolves to, unless the end has begun meanwhile. */
  async #wanted<T>(step: Promise<T>): Promise<T> {
    const result = await step;
    if (this.#endings.hasBegun) throw startGivenUp();
    return result;
  }

  /** What runs here, for whoever reads the log later. */
  #introduce(): void {
    const { workers } = this.#config;
    this.#log.logger.info({ version: VERSION, node: process.version, workers, secp256k1: secp256k1.name }, 'starting');
    if (secp256k1.name === 'native') return;
    this.#log.logger.warn({}, NO_NATIVE_SECP256K1);
    this.#events.onWarning(NO_NATIVE_SECP256K1);
  }

  #openWireLog(): WireLog | undefined {
    const { wireLogFolder, paths } = this.#config;
    if (wireLogFolder === undefined) return undefined;
    const log = openWireLog(wireLogFolder, basename(paths.folder), (reason) =>
      this.#log.logger.warn({ reason }, 'the wire log has a hole'),
    );
    this.#endings.add(() => log.close());
    return log;
  }

  #startExecution(): ExecutionThread {
    const { paths, workers, engine, history } = this.#config;
    const data = { databasePath: paths.database, genesisFile: paths.genesis, workers, engine, history };
    const thread = startExecutionThread(data, {
      requests: {},
      notices: {
        making: ({ what, done, total }) => this.#events.onProgress(what, { done, total }),
        workerDied: (death) => this.#log.logger.error(death, 'a worker thread ended; blocks go on without it'),
      },
    });
    return this.#watched('execution', thread);
  }

  async #verifyStore({ execution }: ExecutionThread): Promise<void> {
    try {
      const outcome = await execution.call('verify', undefined, { timeoutMs: VERIFY_TIMEOUT_MS });
      if (outcome === 'verified') this.#log.logger.info({}, 'the store was verified in full: it is sound');
    } catch (error) {
      this.#fail(error);
    }
  }

  #startPool(): PoolThread {
    const options = {
      databasePath: this.#config.paths.database,
      rules: this.#spec,
      blockGasLimit: this.#spec.gasLimit,
      fees: this.#spec,
      limits: this.#config.limits.pool,
      heldKeys: this.#config.heldKeys,
    };
    const thread = startPoolThread(options, {
      requests: {},
      notices: {
        newTransactions: (batch) => this.#late.network?.publishTransactions(unpackBytes(batch)),
        executableChanged: (notice) => this.#driver?.executableChanged(notice),
      },
    });
    return this.#watched('pool', thread);
  }

  async #openVoter({ chainTag, head, era }: StoreOpening): Promise<DriverVoter | undefined> {
    const { validator, paths, limits } = this.#config;
    if (validator === undefined) return undefined;
    const files = this.#faults?.files ?? diskFiles;
    const { acceptSignerState: acceptState } = this.#config;
    const signer = await openSigner(
      { ...validator, domain: this.#domain(chainTag), era: era.number, acceptState },
      files,
    );
    this.#endings.add(() => signer.close());
    const wal = await openWal(
      {
        directory: paths.wal,
        era: era.number,
        headHeight: head.number,
        waitingBytes: limits.consensus.logWaitingBytes,
      },
      files,
    );
    this.#endings.add(() => wal.close());
    if (wal.opening.ending !== 'clean') {
      this.#log.logger.warn({ ...wal.opening }, 'the consensus log ended in the middle of a record');
    }
    return { signer, wal, eraStart: era.firstHeight };
  }

  async #startDriver(
    chainTag: Hash,
    { execution, pool, voter }: { execution: ExecutionThread; pool: PoolThread; voter: DriverVoter | undefined },
  ): Promise<ConsensusDriver> {
    const { blockTimeMs, emptyBlockTimeMs, limits } = this.#config;
    const driver = createConsensusDriver(
      {
        spec: this.#spec,
        domain: this.#domain(chainTag),
        pace: { blockTimeMs, emptyBlockTimeMs },
        limits: limits.consensus,
      },
      {
        network: this.#late,
        execution: executionOfThread(execution.execution),
        pool: poolOfThread(pool.pool),
        voter,
        clock: this.#faults?.clock ?? systemClock,
        log: this.#log.logger,
        events: {
          onCommitted: (committed) => this.#committed(committed),
          onFailed: (error) => this.#fail(error),
        },
      },
    );
    this.#driver = driver;
    this.#endings.add(() => driver.stop());
    await driver.start();
    return driver;
  }

  async #startNetwork(
    chainTag: Hash,
    { driver, pool, voter }: { driver: ConsensusDriver; pool: PoolThread; voter: DriverVoter | undefined },
  ): Promise<Network> {
    const { paths, network, limits } = this.#config;
    const exchange = createPoolExchange(pool.pool);
    const options = {
      ...network,
      chainTag,
      identity: {
        privateKey: parseNetworkKey(readTextFile(paths.networkKey), paths.networkKey).privateKey,
        validator: voter?.signer.address,
        sign: voter && ((digest: Uint8Array) => signDigest(digest, voter.signer.privateKey)),
      },
      validators: this.#spec.validators.map(({ address }) => address),
      limits: limits.p2p,
      faults: this.#faults?.links,
      log: this.#log.logger,
    };
    const handlers = createNetworkHandlers({
      driver,
      pool: pool.pool,
      exchange,
      late: this.#late,
      wireLog: this.#wireLog,
    });
    await this.#faults?.load();
    const inner = await createNetwork(options, this.#faults?.handlers(handlers) ?? handlers);
    this.#endings.add(() => inner.stop());
    const running = voter && this.#faults ? this.#faults.network(inner, this.#liar(chainTag, voter)) : inner;
    this.#late.network = running;
    for (const peer of running.peers()) void exchange.fetch(running, peer); // they came before the network was handed out
    return running;
  }

  /** What a validator needs that is told to lie. */
  #liar(chainTag: Hash, { signer }: DriverVoter): LiarIdentity {
    const { digest, sign } = chainAuthenticity(this.#domain(chainTag));
    return { self: signer.address, sign: (message) => sign(digest(message), signer.privateKey) };
  }

  async #serveRpc({
    driver,
    execution,
    pool,
    self,
  }: {
    driver: ConsensusDriver;
    execution: ExecutionThread;
    pool: PoolThread;
    self: PeerAddress;
  }) {
    const { paths, engine, rpc, heldKeys, instanceId, limits } = this.#config;
    const spec = this.#spec;
    const forks = spec.base && forkedBlocks(readChainGenesis(paths.genesis));
    const queries = createQueryThreads(
      { databasePath: paths.database, rules: spec, engine, ...(forks && { forks }), limits: limits.query },
      (error) => this.#log.logger.warn({ err: error }, 'a query thread ended by itself'),
    );
    this.#endings.add(() => queries.stop());
    const joinInfo = () => joinInfoOf(this.#config, self);
    const loopDelay = watchLoopDelay();
    this.#endings.add(() => loopDelay.stop());
    const sides = {
      driver,
      execution: execution.execution,
      pool: pool.pool,
      queries,
      late: this.#late,
      joinInfo,
      loopDelay,
    };
    const options = {
      databasePath: paths.database,
      listen: rpc,
      node: nodeFacts(spec, instanceId),
      accounts: heldKeys.map((key) => addressOfPublicKey(secp256k1.publicKey(hexToBytes(key)))),
      limits: { rpc: limits.rpc, query: limits.query },
    };
    const thread = startRpcThread(options, pool.rpcPort, createRpcHandlers(sides, this.#log.logger));
    this.#rpc = this.#watched('rpc', thread);
    const { url } = await thread.rpc.call('listen', undefined);
    const isOnly = driver.validator !== undefined && spec.validators.length === 1;
    const stopWatching = watchReadiness(driver, { needsPeers: !isOnly }, (isReady) => {
      this.#log.logger.info({ isReady }, 'readiness changed');
      thread.rpc.notify('ready', isReady);
    });
    this.#endings.add(stopWatching);
    return url;
  }

  #committed(committed: readonly CommittedBlock[]): void {
    for (const { summary } of committed) {
      const { number: height, round, transactionCount, gasUsed, executionMs, reExecutions } = summary;
      const fields = { height, round, transactionCount, gasUsed: Number(gasUsed), executionMs, reExecutions };
      this.#log.logger.info(fields, 'block committed');
      this.#events.onBlock(summary);
    }
    const newest = committed.at(-1);
    if (newest) this.#rpc?.rpc.notify('head', newest.head.number); // it tells its clients of those before too
  }

  /** Adds the thread to what is ended, and fails the node when it ends by itself. */
  #watched<T extends Pick<PoolThread, 'worker' | 'stop'>>(name: string, thread: T): T {
    let error: unknown;
    thread.worker.on('error', (cause) => {
      error = cause;
    });
    thread.worker.on('exit', () => {
      if (!this.#endings.hasBegun) this.#fail(threadEnded(name, error));
    });
    this.#endings.add(() => thread.stop());
    return thread;
  }

  #fail(error: unknown): void {
    if (this.#endings.hasBegun) return; // what breaks while the node ends was about to end
    this.#log.logger.error({ err: error }, 'the node cannot go on');
    this.#failure = error;
    this.#reject(error);
    this.#events.onFailure(error);
  }

  #domain(chainTag: Hash): Uint8Array {
    return signingDomain({ chainId: this.#spec.chainId, genesisHash: chainTag, era: this.#era });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
