import { type Address, type Hash, keccak256, keccak256Hex, signDigest } from '@heddle/primitives';
import { testAccounts, waitFor } from '@heddle/testkit';
import { identityFromSeed } from '../src/identity.ts';
import type { NetworkLimits } from '../src/limits.ts';
import type { LinkFaults } from '../src/link-faults.ts';
import { createNetwork } from '../src/network.ts';
import type {
  GossipVerdict,
  LocalIdentity,
  Network,
  NetworkHandlers,
  NetworkRequest,
  PeerAddress,
  PeerIdentity,
} from '../src/ports.ts';

/** The chain of all test networks. */
export const CHAIN_TAG: Hash = keccak256Hex(Buffer.from('heddle p2p test chain'));
/** Keys of the validators 0 to 6. */
export const VALIDATORS = testAccounts(7, 'validator');
const VALIDATOR_ADDRESSES: readonly Address[] = VALIDATORS.map(({ address }) => address);

/** One line that a node logged. */
export interface LoggedLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A running node and all that it heard. */
export interface TestNode {
  readonly name: string;
  readonly network: Network;
  readonly address: PeerAddress;
  readonly batches: Uint8Array[][];
  readonly consensus: { readonly message: Uint8Array; readonly from: PeerIdentity }[];
  readonly connected: PeerIdentity[];
  readonly disconnected: PeerIdentity[];
  readonly log: LoggedLine[];
  /** What the node answers; tests put their own in. */
  readonly answers: {
    transactions: (batch: readonly Uint8Array[], from: string) => Promise<GossipVerdict>;
    consensus: (message: Uint8Array, from: PeerIdentity) => boolean;
    request: (request: NetworkRequest, from: PeerIdentity) => Promise<Uint8Array | undefined>;
  };
  height: number;
}

/** How a test node differs from validator `validator` (or a full node) of {@link CHAIN_TAG} on a free port. */
export interface TestNodeOptions {
  readonly validator?: number;
  readonly name?: string;
  readonly identity?: LocalIdentity;
  readonly peers?: readonly PeerAddress[];
  readonly listen?: string;
  readonly chainTag?: Hash;
  readonly validators?: readonly Address[];
  readonly maxFullNodes?: number;
  readonly limits?: Partial<NetworkLimits>;
  readonly faults?: LinkFaults;
}

/** On a busy machine nobody is given up because it is slow, unless a test is about that. */
const PATIENT: Partial<NetworkLimits> = {
  dialMs: 60_000,
  handshakeMs: 60_000,
  greetingMs: 60_000,
  silenceMs: 60_000,
  gossipAbsenceMs: 60_000,
  validationMs: 60_000,
  blocksRequestMs: 60_000,
  transactionsRequestMs: 60_000,
  poolRequestMs: 60_000,
};

/** Nodes started by one test file, for its clean-up. */
const running = new Set<TestNode>();

/** Starts a node. */
export async function startNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const name = options.name ?? (options.validator === undefined ? 'full node' : `validator ${options.validator}`);
  const identity = options.identity ?? (await identityOf(name, options.validator));
  const node: Omit<TestNode, 'network' | 'address'> = {
    name,
    batches: [],
    consensus: [],
    connected: [],
    disconnected: [],
    log: [],
    height: 0,
    answers: {
      transactions: async () => 'accept',
      consensus: () => true,
      request: async () => undefined,
    },
  };
  const line = (level: LoggedLine['level']) => (fields: object, message: string) => {
    node.log.push({ level, message, fields: fields as Record<string, unknown> });
    if (process.env.HEDDLE_P2P_LOG) console.log(name, level, message, JSON.stringify(fields));
  };
  const network = await createNetwork(
    {
      chainTag: options.chainTag ?? CHAIN_TAG,
      identity,
      listen: options.listen ?? '/ip4/127.0.0.1/tcp/0',
      announce: [],
      peers: options.peers ?? [],
      validators: options.validators ?? VALIDATOR_ADDRESSES,
      maxFullNodes: options.maxFullNodes ?? 8,
      log: {
        debug: (fields, message) => {
          if (process.env.HEDDLE_P2P_LOG) console.log(name, 'debug', message, JSON.stringify(fields));
        },
        info: line('info'),
        warn: line('warn'),
      },
      limits: { ...PATIENT, ...options.limits },
      faults: options.faults,
    },
    handlersOf(node),
  );
  const address: PeerAddress = {
    peerId: network.peerId,
    multiaddr: network.listenAddresses[0] as string,
    validator: identity.validator,
  };
  const started = Object.assign(node, { network, address });
  running.add(started);
  return started;
}

/** Stops a node; one already stopped is left alone. */
export async function stopNode(node: TestNode): Promise<void> {
  running.delete(node);
  await node.network.stop();
}

/** Stops every node that a test left running. */
export async function stopAllNodes(): Promise<void> {
  await Promise.all([...running].map(stopNode));
}

/** Validators 0 to `count` - 1, each configured with those started before it. */
export async function startValidators(count: number, options: TestNodeOptions = {}): Promise<TestNode[]> {
  const nodes: TestNode[] = [];
  for (let validator = 0; validator < count; validator++) {
    nodes.push(await startNode({ ...options, validator, peers: nodes.map(({ address }) => address) }));
  }
  await allConnected(nodes);
  return nodes;
}

/** Waits until each node has greeted every other. */
export async function allConnected(nodes: readonly TestNode[]): Promise<void> {
  await waitFor(() => nodes.every((node) => nodes.every((other) => node === other || isConnected(node, other))), {
    what: 'all nodes to be connected',
  });
}

/** Waits until each node's gossip reaches `count` others. */
export async function allGossiping(nodes: readonly TestNode[], count: number): Promise<void> {
  await waitFor(() => nodes.every((node) => metric(node, 'gossip_peers') >= count), { what: 'all nodes to gossip' });
}

/** Whether `node` has greeted `other`. */
export function isConnected(node: TestNode, other: TestNode): boolean {
  return node.network.peers().some(({ peerId }) => peerId === other.network.peerId);
}

/** A figure of a node, without its prefix. */
export function metric(node: TestNode, name: string): number {
  const value = node.network.metrics()[`heddle_p2p_${name}`];
  if (value === undefined) throw new RangeError(`no metric ${name}`);
  return value;
}

/** The identity of a named node, the same in every run. */
export async function identityOf(name: string, validator?: number): Promise<LocalIdentity> {
  const { privateKey } = await identityFromSeed(keccak256(Buffer.from(name)));
  const account = validator === undefined ? undefined : VALIDATORS[validator];
  return {
    privateKey,
    validator: account?.address,
    sign: account && ((digest) => signDigest(digest, account.privateKey)),
  };
}

function handlersOf(node: Omit<TestNode, 'network' | 'address'>): NetworkHandlers {
  return {
    onTransactions(batch, from) {
      node.batches.push(batch.map((transaction) => transaction.slice()));
      return node.answers.transactions(batch, from);
    },
    onConsensusMessage(message, from) {
      node.consensus.push({ message, from });
      return node.answers.consensus(message, from);
    },
    onRequest: (request, from) => node.answers.request(request, from),
    onPeerConnected: (peer) => node.connected.push(peer),
    onPeerDisconnected: (peer) => node.disconnected.push(peer),
    height: () => node.height,
  };
}
