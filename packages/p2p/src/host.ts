import './promise-with-resolvers.ts';

import type { Libp2p, PrivateKey } from '@libp2p/interface';
import { meterConnection } from './connection-meter.ts';
import { p2pErrors } from './errors.ts';
import type { ValidatingPubsub } from './gossip.ts';
import { gossipsubOptions } from './gossipsub-options.ts';
import { createInboundRate } from './inbound-rate.ts';
import { createLibp2p, gossipsub, identify, noise, ping, tcp, yamux } from './libp2p.ts';
import type { NetworkContext } from './network-context.ts';

/** The libp2p node and its gossipsub. */
export interface Host {
  readonly node: Libp2p;
  readonly pubsub: ValidatingPubsub;
}

const PENDING_INBOUND = 50;
const STREAM_WINDOW_BYTES = 2 * 1024 * 1024;

/**
 * A libp2p node over TCP, noise and yamux, not started. It never dials by itself: no discovery, no reconnects.
 *
 * @throws HeddleError `P2P_LISTEN_FAILED` when its configuration is refused
 */
export async function createHost(
  context: NetworkContext,
  privateKey: PrivateKey,
  denies: (peerId: string) => boolean,
): Promise<Host> {
  const { limits, now, options, protocols } = context;
  const inbound = createInboundRate(limits, now);
  try {
    const node = await createLibp2p({
      start: false,
      privateKey,
      addresses: { listen: [options.listen], announce: [...options.announce] },
      transports: [
        tcp({
          maxConnections: limits.connections,
          dialOpts: { noDelay: true },
          listenOpts: { noDelay: true },
        }),
      ],
      connectionEncrypters: [options.faults?.around(noise()) ?? noise()],
      streamMuxers: [
        yamux({
          maxInboundStreams: limits.streams,
          maxOutboundStreams: limits.streams,
          // Below the read buffer (4 MiB): a paused stream then cannot overflow it, which would reset the stream.
          streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES },
        }),
      ],
      // Heartbeats on the consensus streams replace it: a ping each second would open a stream each time.
      connectionMonitor: { enabled: false },
      connectionManager: {
        maxConnections: limits.connections,
        inboundConnectionThreshold: limits.inboundPerSecond,
        maxIncomingPendingConnections: PENDING_INBOUND,
        inboundUpgradeTimeout: limits.handshakeMs,
        dialTimeout: limits.dialMs,
        reconnectRetries: 0,
      },
      connectionGater: {
        denyDialMultiaddr: () => false,
        denyInboundConnection: ({ remoteAddr }) => !inbound.allows(remoteAddr.toString()),
        denyInboundEncryptedConnection(peer, connection) {
          if (options.faults?.isCut(peer.toString()) === true || denies(peer.toString())) return true;
          meterConnection(context, peer.toString(), connection);
          return false;
        },
        denyOutboundEncryptedConnection(peer, connection) {
          meterConnection(context, peer.toString(), connection);
          return false;
        },
      },
      services: {
        identify: identify(),
        ping: ping(),
        pubsub: gossipsub(gossipsubOptions(limits, protocols.transactionsTopic)),
      },
    });
    return { node, pubsub: node.services.pubsub as ValidatingPubsub };
  } catch (cause) {
    throw p2pErrors.listenFailed(options.listen, cause);
  }
}
