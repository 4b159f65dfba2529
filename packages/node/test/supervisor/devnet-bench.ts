import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryDirectory, temporaryDirectory } from '@heddle/testkit';
import type { ChainFlags } from '../../src/supervisor/chain-flags.ts';
import { type DevnetOptions, type RunningDevnet, startDevnet } from '../../src/supervisor/devnet.ts';

/** Two validators and one account. */
export const NO_FLAGS: ChainFlags = {
  validators: 2,
  chainId: undefined,
  mnemonic: undefined,
  accounts: 1,
  balanceWei: undefined,
  gasLimit: undefined,
  elasticity: undefined,
  seed: undefined,
  predeploys: undefined,
  genesis: undefined,
  blockTime: undefined,
  emptyBlockTime: undefined,
};

/** A devnet of stand-ins in a folder of its own, with what it said. */
export class Bench {
  readonly folder: TemporaryDirectory = temporaryDirectory('devnet');
  readonly datadir = join(this.folder.path, 'data');
  readonly said: string[] = [];
  readonly blocks: string[] = [];
  readonly running: RunningDevnet[] = [];

  async start(options: Partial<DevnetOptions> = {}): Promise<RunningDevnet> {
    const devnet = await startDevnet(
      {
        datadir: this.datadir,
        flags: NO_FLAGS,
        reset: false,
        host: '127.0.0.1',
        port: 0,
        vhosts: undefined,
        workers: 1,
        logLevel: 'info',
        logFormat: 'json',
        restart: true,
        script: join(import.meta.dirname, 'stand-in-child.mjs'),
        restartDelayMs: { first: 10, last: 40 },
        signal: new AbortController().signal,
        ...options,
      },
      { say: (line) => this.said.push(line), block: (line) => this.blocks.push(line), copied: () => undefined },
    );
    this.running.push(devnet);
    return devnet;
  }

  file(name: string) {
    return JSON.parse(readFileSync(join(this.datadir, name), 'utf8'));
  }

  pids(): number[] {
    return this.file('devnet.json').validators.map(({ pid }: { pid: number }) => pid);
  }

  async end(): Promise<void> {
    for (const devnet of this.running) await devnet.stop();
    this.folder.remove();
  }
}
