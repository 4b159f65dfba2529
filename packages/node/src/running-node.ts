import type { Address } from '@heddle/primitives';
import type { ConsensusStatus } from './consensus/consensus-driver.ts';
import type { BlockSummary } from './execution/main-boundary.ts';

/** What a starting and running node tells its command. Each is called on the main thread and must not throw. */
export interface NodeEvents {
  /** A step of the start, in a few words (`opening the database`), or how far one is. */
  onProgress(step: string, share?: { readonly done: number; readonly total: number }): void;
  /** A block is final and on disk. Each height once, in order, from the first block after the start. */
  onBlock(summary: BlockSummary): void;
  /** Something the user should read, one line. */
  onWarning(line: string): void;
  /** The node cannot go on (a thread died, the disk is full): the process ends with this. */
  onFailure(error: unknown): void;
}

/** A node that serves RPC and takes part. */
export interface RunningNode {
  /** For example http://127.0.0.1:8545. */
  readonly rpcUrl: string;
  /** The first multiaddr that others can dial, without /p2p/…. */
  readonly p2pAddress: string;
  readonly peerId: string;
  /** Of the validator key; undefined on a full node. */
  readonly validator: Address | undefined;
  /** The height of the head at the start. */
  readonly headNumber: number;
  /** Where consensus stands. */
  status(): ConsensusStatus;
  /** Ends everything cleanly: threads, network, database. Safe to call twice. */
  stop(): Promise<void>;
}
