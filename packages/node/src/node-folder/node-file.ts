import type { PeerAddress } from '@heddle/p2p';
import { ENGINE_NAMES, type EngineName, type Hash, type Hex } from '@heddle/primitives';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../config.ts';
import { JsonField } from '../files/json-field.ts';
import { readJsonFile, replaceJsonFile } from '../files/text-files.ts';
import { LIMITS } from '../limits/limit-list.ts';
import { limitForm, readLimit } from '../limits/limit-text.ts';
import type { LimitTexts } from '../limits/node-limits.ts';

/** What node.json says: how one node runs. Flags of `heddle node` override it for one run. */
export interface NodeFile {
  /** Path of genesis.json, relative to the node's folder. */
  readonly genesis: string;
  readonly instanceId: Hash;
  /** Whether the folder holds a validator's keys. */
  readonly isValidator: boolean;
  readonly rpc: { readonly host: string; readonly port: number; readonly vhosts: readonly string[] | undefined };
  readonly network: {
    readonly listen: string;
    readonly announce: readonly string[];
    readonly peers: readonly PeerAddress[];
    readonly maxFullNodes: number;
  };
  /** Seconds. */
  readonly blockTime: number;
  /** Seconds. */
  readonly emptyBlockTime: number;
  /** Undefined: what the cores and the CPU quota allow. */
  readonly workers: number | undefined;
  /** Undefined: the default. */
  readonly engine?: EngineName | undefined;
  /** How many of the last blocks' states are kept. Undefined: all. */
  readonly history?: number | undefined;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat; readonly toFile: boolean };
  readonly heldKeys: readonly Hex[];
  /** Limits that differ from the defaults, as `--limit` takes them: `{"rpc.body": "6MiB"}`. Undefined: none. */
  readonly limits?: LimitTexts | undefined;
}

const FORMAT = 1;
const FIELDS = ['format', 'genesis', 'instanceId', 'isValidator', 'rpc', 'network', 'blockTime', 'emptyBlockTime'];
const MORE_FIELDS = ['workers', 'engine', 'history', 'log', 'heldKeys', 'limits'];
/** Seconds between blocks: faster than this the network is the limit, slower nobody waits for. */
export const BLOCK_TIME_RANGE = { low: 0.05, high: 3_600 } as const;
/** More threads than this help no block of a devnet. */
export const MAX_WORKERS = 64;
/**
 * Blocks whose state can be kept: an answer about `latest` may be worked out some blocks later; block numbers have 4 bytes.
 */
export const HISTORY_RANGE = { low: 16, high: 0xffff_ffff } as const;
/** Full nodes that a node may be told to admit. */
export const MAX_FULL_NODES = 1_000;
const MAX_PORT = 65_535;

/** Writes `node` to `file`, readable for its owner alone: it holds keys. @throws HeddleError `FILE_UNWRITABLE` */
export function writeNodeFile(file: string, node: NodeFile): void {
  replaceJsonFile(file, { format: FORMAT, ...node }, 0o600);
}

/**
 * What `file` says.
 *
 * @throws HeddleError `FILE_UNREADABLE`, `FILE_MALFORMED`
 */
export function readNodeFile(file: string): NodeFile {
  const node = new JsonField(file, '', readJsonFile(file));
  node.onlyKnown([...FIELDS, ...MORE_FIELDS]);
  node.field('format').integer(BigInt(FORMAT), BigInt(FORMAT));
  const { low, high } = BLOCK_TIME_RANGE;
  const workers = node.field('workers');
  const engine = node.field('engine');
  const history = node.field('history');
  const log = node.field('log');
  const heldKeys = node.field('heldKeys');
  const limits = node.field('limits');
  return {
    genesis: node.field('genesis').text(),
    instanceId: node.field('instanceId').bytesOfSize(32),
    isValidator: node.field('isValidator').boolean(),
    rpc: readRpc(node.field('rpc')),
    network: readNetwork(node.field('network')),
    blockTime: node.field('blockTime').decimal(low, high),
    emptyBlockTime: node.field('emptyBlockTime').decimal(low, high),
    workers: workers.isAbsent ? undefined : workers.number(1, MAX_WORKERS),
    engine: engine.isAbsent ? undefined : engine.choice(ENGINE_NAMES),
    history: history.isAbsent ? undefined : history.number(HISTORY_RANGE.low, HISTORY_RANGE.high),
    log: {
      level: log.field('level').choice(LOG_LEVELS),
      format: log.field('format').choice(LOG_FORMATS),
      toFile: log.field('toFile').boolean(),
    },
    heldKeys: heldKeys.isAbsent ? [] : heldKeys.elements().map((key) => key.bytesOfSize(32)),
    limits: limits.isAbsent ? undefined : readLimits(limits),
  };
}

function readLimits(limits: JsonField): LimitTexts {
  limits.onlyKnown([...LIMITS.keys()]);
  return Object.fromEntries(
    limits.fields().map(([name, value]) => {
      const text = String(value.value);
      if (readLimit(name, text) === undefined) throw value.malformed(limitForm(name));
      return [name, text];
    }),
  );
}

function readRpc(rpc: JsonField): NodeFile['rpc'] {
  const vhosts = rpc.field('vhosts');
  return {
    host: rpc.field('host').text(),
    port: rpc.field('port').number(0, MAX_PORT),
    vhosts: vhosts.isAbsent ? undefined : vhosts.elements().map((host) => host.text()),
  };
}

function readNetwork(network: JsonField): NodeFile['network'] {
  return {
    listen: network.field('listen').text(),
    announce: network
      .field('announce')
      .elements()
      .map((address) => address.text()),
    peers: readPeers(network.field('peers')),
    maxFullNodes: network.field('maxFullNodes').number(0, MAX_FULL_NODES),
  };
}

/** The peers in a list of a JSON file. @throws HeddleError `FILE_MALFORMED` */
export function readPeers(peers: JsonField): PeerAddress[] {
  return peers.elements().map((peer) => {
    const validator = peer.field('validator');
    return {
      peerId: peer.field('peerId').text(),
      multiaddr: peer.field('multiaddr').text(),
      validator: validator.isAbsent ? undefined : validator.address(),
    };
  });
}
