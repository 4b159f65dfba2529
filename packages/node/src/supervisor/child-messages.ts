import type { Address } from '@heddle/primitives';
import type { BlockSummary } from '../execution/main-boundary.ts';

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

/** From a node's process to its supervisor. */
export type ChildMessage =
  | { readonly type: 'progress'; readonly step: string }
  | ReadyMessage
  | { readonly type: 'block'; readonly summary: BlockSummary }
  | { readonly type: 'warning'; readonly line: string }
  /** The last message: the process ends with exit code 1. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly remedy: string | undefined };

/** From the supervisor to a node's process. The end of the channel means the same as `stop`. */
export type SupervisorMessage = { readonly type: 'stop' };
