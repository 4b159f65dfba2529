import type { Address } from '@heddle/primitives';
import type { BlockSummary } from '../execution/main-boundary.ts';
import type { FaultSettings } from '../faults/fault-settings.ts';

// What a validator's process and its supervisor say to each other (Node's IPC, serialization 'advanced': bigints pass).

/** The node serves RPC and takes part. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly rpcUrl: string;
  /** A multiaddr without /p2p/…. */
  readonly p2pAddress: string;
  readonly peerId: string;
  readonly validator: Address | undefined;
  readonly headNumber: number;
}

/** Where a node stands. */
export interface NodeStatus {
  /** The last final block. */
  readonly head: number;
  /** The height being decided, its round (-1: not begun) and step; undefined: it follows, or catches up. */
  readonly height: number | undefined;
  readonly round: number;
  readonly step: string | undefined;
  readonly peers: number;
  readonly isSyncing: boolean;
}

/** From a node's process to its supervisor. */
export type ChildMessage =
  | { readonly type: 'progress'; readonly step: string }
  | ReadyMessage
  | { readonly type: 'block'; readonly summary: BlockSummary }
  | { readonly type: 'warning'; readonly line: string }
  /** The answer to the question of that number. */
  | { readonly type: 'status'; readonly question: number; readonly status: NodeStatus }
  /** The last message: the process ends with exit code 1. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly remedy: string | undefined };

/** From the supervisor to a node's process. The end of the channel means the same as `stop`. */
export type SupervisorMessage =
  | { readonly type: 'stop' }
  | { readonly type: 'status'; readonly question: number }
  /** What is wrong on purpose from now on. */
  | { readonly type: 'faults'; readonly settings: FaultSettings };
