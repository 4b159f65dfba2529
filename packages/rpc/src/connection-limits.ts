import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopback } from './host-check.ts';
import type { RpcLimits } from './limits.ts';
import type { RpcFigures } from './metrics.ts';

/** The connections of a server, whatever became of them after an upgrade. */
export interface Connections {
  /** Cuts all that are left. */
  destroyAll(): void;
}

/** Bounds the connections of `server`, in all and from one address (loopback is exempt), and counts them. */
export function limitConnections(server: Server, limits: RpcLimits, figures: RpcFigures): Connections {
  server.maxConnections = limits.connectionCount;
  server.on('drop', () => figures.countDrop('refused'));
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (counts.get(address) ?? 0) + 1;
    if (count > limits.connectionsPerAddress && !isLoopback(address)) {
      figures.countDrop('refused');
      socket.destroy();
      return;
    }
    counts.set(address, count);
    figures.gauges.connections++;
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      figures.gauges.connections--;
      const left = (counts.get(address) ?? 1) - 1;
      if (left === 0) counts.delete(address);
      else counts.set(address, left);
    });
  });
  return {
    destroyAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
