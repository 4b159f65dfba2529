import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort, waitFor } from '@heddle/testkit';
import { callWithin } from './json-rpc.ts';
import { type NetworkUnderFault, PATIENCE_MS } from './network-under-fault.ts';

const COMMAND = join(import.meta.dirname, '../bin/heddle.js');

/** A full node that has joined a devnet and caught up. */
export interface JoinedNode {
  readonly url: string;
  /** Blocks a second from its first answer until it was at the head. */
  readonly blocksPerSecond: number;
  end(): Promise<void>;
}

/** `heddle node --join` on a running devnet: from nothing to the head. */
export async function joinLate(network: NetworkUnderFault): Promise<JoinedNode> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['node', '--join', join(network.datadir, 'devnet.json'), '--datadir', join(network.scratch, 'late')];
  const child = spawn(process.execPath, [COMMAND, ...args, '--port', String(port)], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (): Promise<void> => {
    child.kill('SIGTERM');
    return ended;
  };
  try {
    const height = async () => Number(await callWithin(2_000, url, 'eth_blockNumber', []));
    const patience = { timeoutMs: PATIENCE_MS, everyMs: 20 };
    const first = await waitFor(async () => (await height()) + 1, { what: 'the late node to answer', ...patience });
    const startedMs = performance.now();
    const head = network.watch.head();
    await waitFor(async () => (await height()) >= head, { what: `block ${head} on the late node`, ...patience });
    const seconds = Math.max(performance.now() - startedMs, 20) / 1_000;
    return { url, blocksPerSecond: (head - first + 1) / seconds, end };
  } catch (error) {
    await end();
    throw error;
  }
}
