import { readFileSync } from 'node:fs';
import { createIdentity, createNetwork, type LocalIdentity, NETWORK_LIMITS, type Network } from '@heddle/p2p';
import { type Address, type Hash, hexToBytes, signDigest } from '@heddle/primitives';
import { waitFor } from '@heddle/testkit';
import { parseNetworkKey } from '../src/genesis/network-key.ts';
import { readGenesisFile } from '../src/genesis/read-genesis.ts';
import { callWithin } from './json-rpc.ts';
import type { NetworkUnderFault } from './network-under-fault.ts';

/** Who a rogue peer says it is. */
export type RogueIdentity =
  /** A full node that nobody has heard of. */
  | { readonly kind: 'full node' }
  /** A validator whose key it does not have. */
  | { readonly kind: 'impostor'; readonly of: number }
  /** A validator that is down, with its keys: those of a known peer. */
  | { readonly kind: 'validator'; readonly index: number };

/** A peer in this process that sends whatever a test wants to the validators of a devnet. */
export interface RoguePeer {
  readonly network: Network;
  /** Peer ids of the validators that it is connected to. */
  targets(): readonly string[];
  /** When a connection ended, performance.now(), by peer id; absent while it lasts. */
  readonly cutMs: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const MIB = 1_024 * 1_024;
/** It sends what others refuse, and waits for nothing. */
const NO_LIMITS = {
  ...NETWORK_LIMITS,
  consensusMessageBytes: 16 * MIB,
  outgoingQueueBytes: 64 * MIB,
  outgoingFullMs: 600_000,
  batchBytes: 8 * MIB,
  batchHardBytes: 16 * MIB,
  batchTransactions: 60_000,
  transactionBytes: 4 * MIB,
  gossipFrameBytes: 16 * MIB,
  gossipLossMs: 600_000,
  gossipAbsenceMs: 600_000,
  requestBytes: MIB,
  requestsPerPeer: 1_000,
  requests: 4_000,
  requestsWaitingPerPeer: 4_000,
  streams: 1_024,
  silenceMs: 60_000,
  cutOffScore: 1_000_000_000,
};

/** Starts a rogue that dials all validators that are up, and waits until `connections` of them have taken it. */
export async function startRoguePeer(
  network: NetworkUnderFault,
  identity: RogueIdentity,
  connections = network.all.length,
): Promise<RoguePeer> {
  const spec = readGenesisFile(network.genesisFile);
  const [url] = network.all.filter((index) => network.pid(index)).map((index) => network.url(index));
  const genesis = await callWithin(60_000, url ?? '', 'eth_getBlockByNumber', ['0x0', false]);
  const cutMs = new Map<string, number>();
  const peers = network.listed().filter(({ index }) => network.pid(index) !== undefined);
  const running = await createNetwork(
    {
      chainTag: genesis.hash as Hash,
      identity: await localIdentity(network, identity),
      listen: '/ip4/127.0.0.1/tcp/0',
      announce: [],
      peers: peers.map(({ p2pAddress, address }) => {
        const [multiaddr = '', peerId = ''] = p2pAddress.split('/p2p/');
        return { peerId, multiaddr, validator: address.toLowerCase() as Address };
      }),
      validators: spec.validators.map(({ address }) => address),
      maxFullNodes: 0,
      limits: NO_LIMITS,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    },
    {
      onTransactions: async () => 'ignore',
      onConsensusMessage: () => true,
      onRequest: async () => undefined,
      onPeerConnected: () => undefined,
      onPeerDisconnected: ({ peerId }) => void cutMs.set(peerId, cutMs.get(peerId) ?? performance.now()),
      height: () => 0,
    },
  );
  const rogue: RoguePeer = {
    network: running,
    targets: () => running.peers().map(({ peerId }) => peerId),
    cutMs,
    stop: () => running.stop(),
  };
  try {
    // Connected is not enough: what is gossiped before its peers have told their topics reaches nobody.
    const isHeard = () => (running.metrics().heddle_p2p_gossip_peers ?? 0) >= rogue.targets().length;
    await waitFor(() => rogue.targets().length >= connections && isHeard(), {
      what: `${connections} validators to take the ${identity.kind}`,
      timeoutMs: 120_000,
    });
  } catch (error) {
    await rogue.stop();
    throw error;
  }
  return rogue;
}

async function localIdentity(network: NetworkUnderFault, identity: RogueIdentity): Promise<LocalIdentity> {
  if (identity.kind === 'full node') return { ...(await createIdentity()), validator: undefined, sign: undefined };
  if (identity.kind === 'impostor') {
    const ownKey = new Uint8Array(32).fill(7);
    return {
      ...(await createIdentity()),
      validator: network.address(identity.of) as Address,
      sign: (digest) => signDigest(digest, ownKey),
    };
  }
  const { networkKey, keyFile } = network.paths(identity.index);
  const key = hexToBytes(`0x${readFileSync(keyFile, 'utf8').trim().replace(/^0x/, '')}`);
  return {
    privateKey: parseNetworkKey(readFileSync(networkKey, 'utf8'), networkKey).privateKey,
    validator: network.address(identity.index) as Address,
    sign: (digest) => signDigest(digest, key),
  };
}
