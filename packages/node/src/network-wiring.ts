import type { Network, NetworkHandlers } from '@heddle/p2p';
import { HeddleError } from '@heddle/primitives';
import type { ConsensusDriver } from './consensus/consensus-driver.ts';
import type { DriverNetwork } from './consensus/driver-ports.ts';
import type { WireLog } from './consensus/wire-log.ts';
import { networkNotStarted } from './node-errors.ts';
import type { PoolForMain } from './pool/main-boundary.ts';
import { buffersOf, packBytes } from './pool/packed-bytes.ts';
import type { PoolExchange } from './pool/pool-exchange.ts';
import type { RemoteSide } from './threads/port-rpc.ts';

/** The network for whoever is made before it: until it stands there are no peers. */
export interface LateNetwork extends DriverNetwork {
  network: Network | undefined;
}

/** A network that is to come. What it is given to send is noted in `wireLog`. */
export function lateNetwork(wireLog?: WireLog): LateNetwork {
  const late: LateNetwork = {
    network: undefined,
    peers: () => late.network?.peers() ?? [],
    sendConsensus(peerId, message) {
      wireLog?.note('sent', peerId, message);
      return late.network?.sendConsensus(peerId, message) ?? false;
    },
    request: (peerId, request) => late.network?.request(peerId, request) ?? Promise.reject(networkNotStarted()),
    penalize: (peerId, points, why) => late.network?.penalize(peerId, points, why),
  };
  return late;
}

/** What answers to peers. */
export interface NetworkSides {
  readonly driver: Pick<
    ConsensusDriver,
    'onConsensusMessage' | 'onRequest' | 'onPeerConnected' | 'onPeerDisconnected' | 'height'
  >;
  readonly pool: Pick<RemoteSide<PoolForMain>, 'call'>;
  readonly exchange: PoolExchange;
  readonly late: LateNetwork;
  readonly wireLog?: WireLog | undefined;
}

/** Joins the network to the driver and the pool: what peers send goes to the one that it is for. */
export function createNetworkHandlers({ driver, pool, exchange, late, wireLog }: NetworkSides): NetworkHandlers {
  return {
    async onTransactions(batch) {
      const packed = packBytes(batch);
      try {
        return await pool.call('gossip', packed, { transfer: buffersOf(packed) });
      } catch (error) {
        if (!(error instanceof HeddleError)) throw error;
        return 'ignore'; // the pool is busy or ending; its state comes again by exchange
      }
    },
    onConsensusMessage(message, from) {
      wireLog?.note('received', from.peerId, message);
      return driver.onConsensusMessage(message, from);
    },
    onRequest: (request, from) =>
      request.kind === 'pool' ? exchange.answer(request.payload) : driver.onRequest(request, from),
    onPeerConnected(peer) {
      driver.onPeerConnected(peer);
      if (late.network) void exchange.fetch(late.network, peer);
    },
    onPeerDisconnected: (peer) => driver.onPeerDisconnected(peer),
    height: () => driver.height(),
  };
}
