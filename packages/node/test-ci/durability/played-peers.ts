import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createNetwork, type Network, type PeerAddress } from '@heddle/p2p';
import {
  type Address,
  addressOfPublicKey,
  type ChainSpec,
  decodeTransaction,
  type Hash,
  recoverSender,
  secp256k1,
  signDigest,
  signingDomain,
} from '@heddle/primitives';
import { readBlockHash } from '../../src/chain/block-records.ts';
import { readDecidedBlocks } from '../../src/chain/decided-blocks.ts';
import { type ConsensusDriver, createConsensusDriver } from '../../src/consensus/consensus-driver.ts';
import type { DriverExecution, DriverLog, DriverPool } from '../../src/consensus/driver-ports.ts';
import { openSigner } from '../../src/consensus/signer.ts';
import { systemClock } from '../../src/consensus/system-clock.ts';
import { openWal } from '../../src/consensus/wal.ts';
import { JobQueue } from '../../src/execution/job-queue.ts';
import { readTextFile } from '../../src/files/text-files.ts';
import { readGenesisAccounts } from '../../src/genesis/genesis-file.ts';
import { parseNetworkKey } from '../../src/genesis/network-key.ts';
import type { NodeFolderPaths } from '../../src/node-folder/node-paths.ts';
import { packBytes, unpackBytes } from '../../src/pool/packed-bytes.ts';
import { openService, type StoredServiceUnderTest } from '../../test/execution/execution-fixture.ts';

/** What a peer's lives share. */
export interface PlayedPeerOptions {
  readonly paths: NodeFolderPaths;
  readonly spec: ChainSpec;
  readonly pace: { readonly blockTimeMs: number; readonly emptyBlockTimeMs: number };
  /** Where it is dialled: 127.0.0.1 and this port. */
  readonly port: number;
  readonly peers: readonly PeerAddress[];
  /** Every message that it receives. */
  hear(message: Uint8Array): void;
}

/**
 * A validator played by the test: consensus driver, execution and network of a real one, with its key, in this process
 * and without RPC or pool.
 */
export interface PlayedPeer {
  /** Of a block that it holds. */
  hashOf(number: number): Hash | undefined;
  height(): number;
  readonly errors: readonly unknown[];
  /** It takes part from now on. */
  start(): Promise<void>;
  /** It falls silent; it keeps what it has. */
  stop(): Promise<void>;
  /** The end. */
  close(): Promise<void>;
}

const SILENT: DriverLog = { debug() {}, info() {}, warn() {}, error() {} };

/** A peer that has not started. */
export async function createPlayedPeer(options: PlayedPeerOptions): Promise<PlayedPeer> {
  const { paths, spec } = options;
  mkdirSync(paths.wal, { recursive: true });
  mkdirSync(dirname(paths.database), { recursive: true });
  const alloc = [...readGenesisAccounts(paths.genesis)];
  const service = await openService(paths.database, { ...spec, alloc });
  const errors: unknown[] = [];
  let stop: (() => Promise<void>) | undefined;
  const leave = async (): Promise<void> => {
    await stop?.();
    stop = undefined;
  };
  return {
    hashOf: (number) => readBlockHash(service.database, number),
    height: () => service.service.head.number,
    errors,
    async start() {
      stop = await join(options, service, errors);
    },
    stop: leave,
    async close() {
      await leave();
      await service.close();
    },
  };
}

/** Joins the network; gives the way to leave it. */
async function join(options: PlayedPeerOptions, service: StoredServiceUnderTest, errors: unknown[]) {
  const { paths, spec, pace } = options;
  const genesisHash = readBlockHash(service.database, 0) ?? '0x';
  const domain = signingDomain({ chainId: spec.chainId, genesisHash, era: 0 });
  const signer = await openSigner({ ...paths, domain, era: 0 });
  const wal = await openWal({ directory: paths.wal, era: 0, headHeight: service.service.head.number });
  let network: Network | undefined;
  const driver = createConsensusDriver(
    { spec, domain, pace },
    {
      network: {
        peers: () => network?.peers() ?? [],
        sendConsensus: (peerId, message) => network?.sendConsensus(peerId, message) ?? false,
        request: (peerId, request) => network?.request(peerId, request) ?? Promise.reject(new Error('no network yet')),
        penalize: (peerId, points, why) => network?.penalize(peerId, points, why),
      },
      execution: executionOver(service),
      pool: poolOver(service),
      voter: { signer, wal, eraStart: 1 },
      clock: systemClock,
      log: SILENT,
      events: { onCommitted: () => undefined, onFailed: (error) => errors.push(error) },
    },
  );
  await driver.start();
  network = await createNetwork(networkOptions(options, genesisHash, signer.privateKey), handlers(options, driver));
  return async () => {
    await network?.stop();
    await driver.stop();
    await wal.close();
    await signer.close();
  };
}

function networkOptions({ paths, spec, port, peers }: PlayedPeerOptions, chainTag: Hash, key: Uint8Array) {
  return {
    chainTag,
    identity: {
      privateKey: parseNetworkKey(readTextFile(paths.networkKey), paths.networkKey).privateKey,
      validator: addressOfPublicKey(secp256k1.publicKey(key)),
      sign: (digest: Uint8Array) => signDigest(digest, key),
    },
    listen: `/ip4/127.0.0.1/tcp/${port}`,
    announce: [],
    peers,
    validators: spec.validators.map(({ address }) => address),
    maxFullNodes: 0,
    log: SILENT,
  };
}

function handlers({ hear }: PlayedPeerOptions, driver: ConsensusDriver): Parameters<typeof createNetwork>[1] {
  return {
    onTransactions: async () => 'ignore',
    onConsensusMessage(message, from) {
      hear(message);
      return driver.onConsensusMessage(message, from);
    },
    onRequest: async (request, from) => (request.kind === 'pool' ? undefined : driver.onRequest(request, from)),
    onPeerConnected: (peer) => driver.onPeerConnected(peer),
    onPeerDisconnected: (peer) => driver.onPeerDisconnected(peer),
    height: () => driver.height(),
  };
}

/** Jobs one after another, as the execution thread runs them. */
function executionOver({ service, database }: StoredServiceUnderTest): DriverExecution {
  const queue = new JobQueue();
  return {
    head: async () => service.head,
    build: (job) => queue.run(() => service.build(job)),
    execute: (job) => queue.run(() => service.execute(job)),
    commit: (job) => queue.run(() => service.commit(job)),
    blocks: async (request) => readDecidedBlocks(database, request),
  };
}

/** No transactions of its own; those of others' blocks are fetched. */
function poolOver({ service }: StoredServiceUnderTest): DriverPool {
  return {
    candidates: async () => ({ headHash: service.head.hash, raws: packBytes([]), senders: [] }),
    resolveTransactions: async (hashes) => ({ raws: packBytes([]), senders: [], missing: hashes.map((_, at) => at) }),
    recoverSenders: async (batch) => unpackBytes(batch).map(senderOf),
    senderOf,
    head: () => undefined,
    leftOut: () => undefined,
  };
}

function senderOf(raw: Uint8Array): Address {
  return recoverSender(decodeTransaction(Uint8Array.from(raw)));
}
