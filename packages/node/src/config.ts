import type { PeerAddress } from '@heddle/p2p';
import type { EngineName, Hash, Hex } from '@heddle/primitives';
import type { NodeLimits } from './limits/node-limits.ts';

/** pino's levels. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `json`: one object a line. `pretty`: for people. */
export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Where and how a node logs. */
export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** The file, which rotates; undefined: standard output. */
  readonly file: string | undefined;
}

/** Whom the RPC server serves, and where. */
export interface RpcConfig {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Host names that a request may name; `*` allows all. Undefined: not given, see the host check of the rpc room. */
  readonly vhosts: readonly string[] | undefined;
}

/** How the node meets others. */
export interface NetworkConfig {
  /** A multiaddr without /p2p/…, for example /ip4/127.0.0.1/tcp/30303. */
  readonly listen: string;
  /** What others are told instead of `listen`; empty: `listen`. */
  readonly announce: readonly string[];
  readonly peers: readonly PeerAddress[];
  readonly maxFullNodes: number;
}

/** The files of one node. All paths are absolute. The folder of `databasePath` and its siblings exists. */
export interface NodePaths {
  /** The node's folder; everything below lies in it unless said otherwise. */
  readonly folder: string;
  /** The chain's genesis.json; may lie anywhere. */
  readonly genesis: string;
  /** LevelDB's folder. Created by the node at the first start. */
  readonly database: string;
  /** An existing folder for the write-ahead log of consensus. */
  readonly wal: string;
  /** The libp2p private key: protobuf form as hex, mode 0600. */
  readonly networkKey: string;
}

/** The two files of a validator's signer; both exist (`initSigner`). */
export interface ValidatorFiles {
  readonly keyFile: string;
  readonly stateFile: string;
}

/** Everything that one node is told at start: what `heddle node` makes of its folder and its flags. */
export interface NodeConfig {
  readonly paths: NodePaths;
  /** Undefined: a full node, which follows the chain and does not vote. */
  readonly validator: ValidatorFiles | undefined;
  /** Start although the signer's state is missing or older than what it signed; it waits before it signs again. */
  readonly acceptSignerState: boolean;
  readonly rpc: RpcConfig;
  readonly network: NetworkConfig;
  /** Whole milliseconds, > 0: the earliest time of a block is its parent's plus this. */
  readonly blockTimeMs: number;
  /** Whole milliseconds, >= blockTimeMs: between empty blocks on a quiet chain. */
  readonly emptyBlockTimeMs: number;
  /** Workers of the executor, the execution thread included; >= 1. */
  readonly workers: number;
  readonly engine: EngineName;
  /** How many of the last blocks' states can be read; undefined: all. */
  readonly history: number | undefined;
  readonly log: LogConfig;
  /** Folder of wire logs (`WIRE_LOG_VARIABLE`); undefined: none is kept. */
  readonly wireLogFolder: string | undefined;
  readonly limits: NodeLimits;
  /** Private keys (32 bytes as hex) that `eth_sendTransaction` may use; their addresses are `eth_accounts`, in this order. */
  readonly heldKeys: readonly Hex[];
  /** Changes with every new chain, so that wallets can tell. */
  readonly instanceId: Hash;
}

/** RPC is served to this machine alone unless asked otherwise. */
export const DEFAULT_HOST = '127.0.0.1';
/** geth's and anvil's. */
export const DEFAULT_RPC_PORT = 8_545;
