import { roundStatus, type Step } from '@heddle/consensus';
import type { NetworkRequest, PeerIdentity } from '@heddle/p2p';
import type { Address, Hash } from '@heddle/primitives';
import type { HeadInfo } from '../execution/main-boundary.ts';
import { answerRequest } from './answer-requests.ts';
import type { SyncProgress } from './catch-up.ts';
import type { ConsensusDriverOptions, DriverPorts } from './driver-ports.ts';
import { DriverRoom } from './driver-room.ts';

// Start here. The driver joins the pure core of @heddle/consensus with network, disk, execution and pool:
//
//   message-intake.ts  what peers send, checked     height-core.ts  core + log + signer, one input after another
//   peer-gossip.ts     what peers lack, sent        block-jobs.ts   building, fetching and executing blocks beside it
//   round-start.ts     when a height begins         catch-up.ts     decided blocks of peers, proved by certificates
//   driver-room.ts     joins these; effects of the core become calls of them
//
// A node without a key runs no core: it follows by catching up.

/** Where consensus stands. */
export interface ConsensusStatus {
  /** The last decided block. */
  readonly head: number;
  readonly headHash: Hash;
  /** The height being decided, its round (-1: not begun) and step; undefined on a node that follows. */
  readonly height: number | undefined;
  readonly round: number;
  readonly step: Step | undefined;
  /** Its key signs at this height. */
  readonly isSigning: boolean;
  readonly peers: number;
  readonly syncing: SyncProgress | undefined;
}

/** The running driver. Its handlers fit those of the network. */
export interface ConsensusDriver {
  /** Reads head, log and signer, and begins. @throws HeddleError of log, signer or execution thread */
  start(): Promise<void>;
  /** Ends all work in progress; log and signer stay open. */
  stop(): Promise<void>;
  onConsensusMessage(message: Uint8Array, from: PeerIdentity): boolean;
  /** Answers `blocks` and `transactions`; undefined for others. */
  onRequest(request: NetworkRequest, from: PeerIdentity): Promise<Uint8Array | undefined>;
  onPeerConnected(peer: PeerIdentity): void;
  onPeerDisconnected(peer: PeerIdentity): void;
  /** The last decided height, for the greeting; 0 before the start. */
  height(): number;
  /** The pool's notice: a block on `headHash` would hold transactions, or would not. */
  executableChanged(notice: { readonly headHash: Hash; readonly hasExecutable: boolean }): void;
  head(): HeadInfo;
  status(): ConsensusStatus;
  /** Undefined: at the head, as far as known. */
  syncing(): SyncProgress | undefined;
  metrics(): Readonly<Record<string, number>>;
  /** The own consensus address; undefined on a full node. */
  readonly validator: Address | undefined;
}

/** A driver that has not started. */
export function createConsensusDriver(options: ConsensusDriverOptions, ports: DriverPorts): ConsensusDriver {
  const room = new DriverRoom(options, ports);
  return {
    validator: ports.voter?.signer.address,
    start: () => room.start(),
    stop: () => room.stop(),
    onConsensusMessage: (message, from) => room.take(message, from),
    onRequest: (request) => answerRequest(request, ports.execution, room.known),
    onPeerConnected: (peer) => room.connected(peer),
    onPeerDisconnected(peer) {
      room.gossip.disconnected(peer.peerId);
      room.catchUp.gone(peer.peerId);
    },
    height: () => room.headNumber,
    executableChanged: (notice) => room.executableChanged(notice),
    head: () => room.head.info,
    status: () => statusOf(room),
    syncing: () => room.catchUp.progress(),
    metrics() {
      const { head, height, round, peers } = statusOf(room);
      return room.metrics.figures({
        heddle_consensus_height: height ?? head + 1,
        heddle_consensus_head_height: head,
        heddle_consensus_round: round,
        heddle_consensus_peers: peers,
        heddle_consensus_timeout_scale: room.timeouts.scale,
        heddle_consensus_waiting_inputs: room.turns.waitingCount,
      });
    },
  };
}

function statusOf(room: DriverRoom): ConsensusStatus {
  const current = room.isVoting() ? roundStatus(room.core.state) : undefined;
  const { number: head, hash: headHash } = room.head.info;
  return {
    head,
    headHash,
    height: current?.height,
    round: current?.round ?? -1,
    step: current?.step,
    isSigning: current !== undefined && room.core.state.current?.self !== undefined,
    peers: [...room.gossip.peers()].length,
    syncing: room.catchUp.progress(),
  };
}
