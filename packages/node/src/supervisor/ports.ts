import { createServer } from 'node:net';
import { reasonOf } from '../files/file-errors.ts';
import { portInUse } from './supervisor-errors.ts';

const LOOPBACK = '127.0.0.1';

/**
 * Refuses ports on which somebody listens already. 0 is free by definition.
 *
 * @throws HeddleError `PORT_IN_USE`
 */
export async function assertFree(host: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (port === 0) continue;
    const { reason, close } = await tryListen(host, port);
    await close();
    if (reason !== undefined) throw portInUse(host, port, reason);
  }
}

/** `count` TCP ports on 127.0.0.1: the remembered ones where they are still free, else others. */
export async function freePorts(remembered: readonly number[], count: number): Promise<number[]> {
  const held = [];
  for (let index = 0; index < count; index++) {
    const wanted = await tryListen(LOOPBACK, remembered[index] ?? 0);
    // Held until all are found, so that no port is given twice.
    held.push(wanted.reason === undefined ? wanted : await tryListen(LOOPBACK, 0));
  }
  await Promise.all(held.map(({ close }) => close()));
  return held.map(({ port }) => port);
}

interface Attempt {
  readonly port: number;
  /** Why nobody can listen there; undefined: one can. */
  readonly reason: string | undefined;
  close(): Promise<void>;
}

function tryListen(host: string, port: number): Promise<Attempt> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve({ port, reason: reasonOf(error), close: async () => undefined }));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address ? address.port : port;
      const close = () => new Promise<void>((closed) => server.close(() => closed()));
      resolve({ port: taken, reason: undefined, close });
    });
  });
}
