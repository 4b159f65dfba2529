import type { BlockParallelism, JoinInfo } from '@heddle/rpc';
import type { StartedQueryThread } from '../query/query-threads.ts';

/** How far a node that catches up has come. */
export interface SyncProgress {
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}

/** A line of the rpc thread for the node's log: only one thread has the log open. */
export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  /** Errors in it are their message, code and stack. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the rpc thread does for main. */
export interface RpcForMain {
  readonly requests: {
    /** Serves from now on. @throws HeddleError `RPC_PORT_IN_USE`, `RPC_LISTEN_FAILED` */
    listen(input: undefined): { readonly url: string; readonly port: number };
  };
  readonly notices: {
    /** The block with this number is on disk, and so are all before it. */
    head(blockNumber: number): void;
    /** Whether this node takes part (or, as a full node, follows); it counts as not ready until told. */
    ready(isReady: boolean): void;
    /** Ends server and thread. */
    stop(input: undefined): void;
  };
}

/** What main does for the rpc thread. */
export interface MainForRpc {
  readonly requests: {
    peerCount(input: undefined): number;
    /** Undefined: at the head. */
    syncing(input: undefined): SyncProgress | undefined;
    parallelism(blockNumber: number): BlockParallelism | undefined;
    /** Genesis and peers, for a node that wants to join. */
    joinInfo(input: undefined): JoinInfo;
    /** Prometheus text of all rooms but rpc. */
    metrics(input: undefined): string;
    /** `QueryThreads.start`, its port transferred: `new Transferred(started, [started.port])`. */
    startQueryThread(input: undefined): StartedQueryThread;
  };
  readonly notices: {
    /** `QueryThreads.end`: the thread does not answer. */
    endQueryThread(id: number): void;
    log(line: LogLine): void;
  };
}
