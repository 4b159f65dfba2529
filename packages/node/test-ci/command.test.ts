import { join } from 'node:path';
import { rpcClient, temporaryDirectory, waitFor } from '@heddle/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { type DevnetUnderTest, isAlive, startDevnet } from './devnet-under-test.ts';
import { heddle, killCommands } from './heddle-command.ts';

const folder = temporaryDirectory('command');
const devnets: DevnetUnderTest[] = [];

afterAll(async () => {
  killCommands();
  for (const devnet of devnets) await devnet.interrupt();
  folder.remove();
});

async function devnet(name: string, ...flags: string[]): Promise<DevnetUnderTest> {
  const started = await startDevnet(join(folder.path, name), ['--validators', '2', '--accounts', '1', ...flags]);
  devnets.push(started);
  return started;
}

describe('heddle devnet', () => {
  it('ends cleanly at Ctrl-C, and goes on with the same chain', async () => {
    const first = await devnet('goes-on');
    const head = await waitFor(() => blockAbove(first, 1), { what: 'block 2' });
    const pids = first.validators().map(({ pid }) => pid);
    expect(await first.interrupt()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(first.output()).not.toContain('killed');

    const second = await devnet('goes-on');
    const again = await second.client(1).call('eth_getBlockByNumber', head.number, false);
    expect(again.hash).toBe(head.hash);
    await waitFor(() => blockAbove(second, Number(head.number) + 1), { what: 'a new block' });
  });

  it('refuses a second devnet on the same datadir or port, in one line', async () => {
    const running = await devnet('taken');
    const same = heddle('devnet', '--datadir', running.datadir, '--port', '0');
    expect(await same.code).toBe(1);
    expect(same.printed()).toMatch(/^heddle: .*: a devnet runs here already \(process \d+\); stop it first[^\n]*\n$/);
    const port = new URL(running.validators()[0]?.rpcUrl ?? '').port;
    const other = heddle('devnet', '--datadir', join(folder.path, 'other'), '--port', port);
    expect(await other.code).toBe(1);
    expect(other.printed()).toBe(
      `heddle: port ${port} on 127.0.0.1 is in use; stop what listens there, or give another --port (0 takes free ones)\n`,
    );
  });

  it('leaves no validator behind when its supervisor is killed', async () => {
    const orphaned = await devnet('orphaned');
    const pids = orphaned.validators().map(({ pid }) => pid);
    orphaned.killSupervisor();
    await waitFor(() => pids.every((pid) => !isAlive(pid)), { what: 'the validators to end' });
    await devnet('orphaned');
  });
});

describe('heddle db rewind', () => {
  it('takes a validator back to an earlier block, from where it goes on in a new era', async () => {
    const only = await startDevnet(join(folder.path, 'rewound'), ['--validators', '1', '--empty-block-time', '1']);
    devnets.push(only);
    await waitFor(() => blockAbove(only, 4), { what: 'block 5' });
    const hashOf = async (of: DevnetUnderTest, number: number) =>
      (await of.client(0).call('eth_getBlockByNumber', `0x${number.toString(16)}`, false))?.hash;
    const [second, third] = [await hashOf(only, 2), await hashOf(only, 3)];
    const datadir = join(only.datadir, 'validator-0');
    const rewind = (to: string) => heddle('db', 'rewind', '--datadir', datadir, '--to', to);
    const early = rewind('2');
    expect(await early.code).toBe(1); // it runs
    await only.interrupt();
    const done = rewind('2');
    expect(await done.code, done.printed()).toBe(0);
    expect(done.printed()).toMatch(/is at block 2 again, in era 1; \d+ blocks were taken back/);
    const again = await startDevnet(only.datadir);
    devnets.push(again);
    await waitFor(() => blockAbove(again, 4), { what: 'block 5 again' });
    expect(await hashOf(again, 2)).toBe(second);
    expect(await hashOf(again, 3)).not.toBe(third);
    await again.interrupt();
    const last = await startDevnet(only.datadir); // its signer and log know the era
    devnets.push(last);
    await waitFor(() => blockAbove(last, 6), { what: 'block 7' });
  });
});

describe('heddle node --join', () => {
  it('follows a devnet by its file and by the URL of a node', async () => {
    const running = await devnet('joined');
    const sources = [join(running.datadir, 'devnet.json'), running.validators()[1]?.rpcUrl ?? ''];
    for (const [index, source] of sources.entries()) {
      const full = heddle('node', '--join', source, '--datadir', join(folder.path, `full-${index}`), '--port', '0');
      const url = await waitFor(() => /RPC at (http\S+)/.exec(full.printed())?.[1], {
        what: 'the full node',
      });
      const client = rpcClient(url);
      const block = await waitFor(() => client.call('eth_getBlockByNumber', '0x2', false), {
        what: 'block 2',
      });
      expect(block.hash).toBe((await running.client(0).call('eth_getBlockByNumber', '0x2', false)).hash);
      expect(await client.call('heddle_validators')).toHaveLength(2);
      full.child.kill('SIGTERM');
      expect(await full.code).toBe(0);
    }
  });
});

async function blockAbove(devnet: DevnetUnderTest, number: number) {
  const block = await devnet.client(0).call('eth_getBlockByNumber', 'latest', false);
  return Number(block.number) > number ? block : undefined;
}
